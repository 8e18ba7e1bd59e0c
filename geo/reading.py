"""Reading submitted files safely: hostile bytes are parsed in a child process that can be killed.

`read_layer` starts `python -m geo.reading_child` under limits of memory and processor time. The child writes
what it read as an Arrow file; the parent only ever opens that file. A crash, an endless loop or a file that
eats all memory ends the child, and becomes a `ReadError` that says what to do.

The Arrow file has one row per feature or table line:

| column | type | meaning |
|---|---|---|
| row | int64 | as the user sees it: the feature's number from 1, or the line in the spreadsheet |
| geometry | binary | WKB, X and Y only, in the source CRS; null where there is none or it is broken |
| geometry_type | string | the type named in the source |
| problem | string | what is wrong with the row as written (`geo.formats.PROBLEMS`), or null |
| place | string | where: a JSON pointer, a column, or coordinates |
| attributes | string | a JSON object of all other columns; dates as ISO text |
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
from msgspec import Struct

from geo import crs as crs_module
from geo.text import Text

CODES = {
    "no-file": Text(zh="没有这个文件", en="there is no such file"),
    "unknown-format": Text(zh="不认识的格式", en="an unknown format"),
    "unreadable": Text(zh="损坏，或不是所说的格式", en="damaged, or not what it claims to be"),
    "incomplete": Text(zh="缺少配套文件", en="companion files are missing"),
    "not-json": Text(zh="不是合格的 JSON", en="not JSON"),
    "not-geojson": Text(zh="不是合格的 GeoJSON", en="JSON, but not GeoJSON"),
    "too-deep": Text(zh="嵌套太深", en="nested too deeply"),
    "encoding": Text(zh="文字编码不认识", en="text in an unknown encoding"),
    "unsafe-xml": Text(zh="XML 含有实体声明", en="XML with a document type or entities"),
    "unsafe-archive": Text(zh="压缩包不安全", en="an archive that is not safe to open"),
    "layer-required": Text(zh="有多个图层，需要选一个", en="several layers: one must be chosen"),
    "layer-unknown": Text(zh="没有这个图层", en="there is no such layer"),
    "crs-undeclared": Text(zh="没有声明坐标系", en="no coordinate system is declared"),
    "crs-unknown": Text(zh="不认识的坐标系", en="an unknown coordinate system"),
    "crs-conflict": Text(zh="声明的坐标系互相矛盾", en="two declarations contradict each other"),
    "out-of-memory": Text(zh="超出内存限制", en="over the memory limit"),
    "too-slow": Text(zh="超出时间限制", en="over the time limit"),
    "crashed": Text(zh="读取进程崩溃", en="the reading process crashed"),
}
"""Why a file as a whole may not be readable."""

WALL_SECONDS_PER_CPU_SECOND = 3
"""A busy machine gives the child only part of a processor; beyond this it is stuck, not slow."""


class ReadError(Exception):
    """A file could not be read; `code` is stable, `text` says why and what to do, in both languages."""

    def __init__(self, code: str, text: Text) -> None:
        """Keep the stable code and the words."""
        super().__init__(text.en)
        self.code = code
        self.text = text


class Contents(Struct, frozen=True, kw_only=True):
    """What the child reports about a layer once it is read whole."""

    name: str
    format: str
    crs: str | None
    crs_declared_by: str | None
    columns: tuple[str, ...]
    rows: int
    has_z: bool
    is_geometry: bool
    notes: tuple[Text, ...]


class Layer(Struct, frozen=True, kw_only=True):
    """One layer or table as read: what it says about itself, and its rows in batches."""

    path: Path
    """The Arrow file that holds the rows."""
    name: str
    format: str
    crs: str | None
    """`EPSG:n`, or WKT where there is no code; None for a table without geometry."""
    crs_declared_by: str | None
    """Who declared it: "file", "format" (its standard), "user", or None where there is no geometry."""
    columns: tuple[str, ...]
    """The other columns, in the order of the file."""
    rows: int
    has_z: bool
    """Whether heights were dropped."""
    is_geometry: bool
    notes: tuple[Text, ...]
    """Remarks on the whole layer that need no action on any row."""

    def batches(self, size: int = 5000) -> Iterator[pa.RecordBatch]:
        """Give the rows in order, in batches of at most `size`; only one batch is in memory at a time."""
        with pa.OSFile(str(self.path)) as source, pa.ipc.open_file(source) as reader:
            waiting: list[pa.RecordBatch] = []
            count = 0
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                while count + batch.num_rows >= size:
                    head = batch.slice(0, size - count)
                    yield _merged([*waiting, head])
                    batch = batch.slice(size - count)
                    waiting, count = [], 0
                if batch.num_rows:
                    waiting.append(batch)
                    count += batch.num_rows
            if waiting:
                yield _merged(waiting)


def _merged(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


class Request(Struct, frozen=True, kw_only=True):
    """What the parent asks of the child."""

    path: str
    format: str | None
    crs: str | None
    layer: str | None
    is_table: bool
    tracks_as_boundaries: bool = False
    prefer: str | None = None
    out: str
    memory_mb: int
    seconds: int


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line from the child: progress, the finished layer, or why there is none."""

    done: int | None = None
    total: int | None = None
    contents: Contents | None = None
    code: str | None = None
    text: Text | None = None


def read_layer(
    path: Path,
    *,
    format: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    is_table: bool = False,
    tracks_as_boundaries: bool = False,
    prefer: str | None = None,
    out: Path,
    memory_mb: int = 2048,
    seconds: int = 1800,
    on_progress: Callable[[int, int], None] | None = None,
) -> Layer:
    """Read one layer of a submitted file into the Arrow file `out`.

    Args:
        path: the file as submitted.
        format: a name from `geo.formats`; None tells it by the suffix.
        crs: what the user declares (see `geo.crs.parse`); it may not contradict the file.
        layer: the layer or sheet, where a file holds several.
        is_table: read rows only (a sheet of shifts): no geometry is looked for and no CRS is needed.
        tracks_as_boundaries: a closed GPX track is the boundary of a plot.
        prefer: the layer that is taken where there are several and none is asked for, if it is among them.
        out: where the Arrow file goes; left absent on any error.
        memory_mb: address space that the child may use, in MiB.
        seconds: processor time that the child may use.
        on_progress: called with (done, total), in bytes or rows; may raise to stop the reading.

    Raises:
        ReadError: with one of the codes in `CODES`.

    """
    path, out = Path(path).absolute(), Path(out).absolute()
    if not path.is_file():
        raise ReadError("no-file", Text(zh=f"没有文件 {path.name}。", en=f"There is no file {path.name}."))
    if crs is not None:
        try:
            crs_module.parse(crs)
        except crs_module.CrsError as error:
            raise ReadError("crs-unknown", error.text) from error
    request = Request(
        path=str(path),
        format=format,
        crs=crs,
        layer=layer,
        is_table=is_table,
        tracks_as_boundaries=tracks_as_boundaries,
        prefer=prefer,
        out=str(out),
        memory_mb=memory_mb,
        seconds=seconds,
    )
    try:
        contents = _run_child(request, on_progress)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return Layer(path=out, **{name: getattr(contents, name) for name in contents.__struct_fields__})


def _run_child(request: Request, on_progress: Callable[[int, int], None] | None) -> Contents:
    with (
        tempfile.TemporaryDirectory(prefix="forest-read-") as scratch,
        tempfile.TemporaryFile() as complaints,
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "geo.reading_child", msgspec.json.encode(request).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=scratch,
            env=child_environment(scratch),
            start_new_session=True,
        )
        is_stuck = threading.Event()

        def give_up() -> None:
            is_stuck.set()
            _kill(child)

        watchdog = threading.Timer(request.seconds * WALL_SECONDS_PER_CPU_SECOND + 10, give_up)
        watchdog.daemon = True
        watchdog.start()
        last: Message | None = None
        voice = child.stdout
        assert voice is not None
        try:
            for line in voice:
                last = msgspec.json.decode(line, type=Message)
                if last.done is not None and on_progress is not None:
                    on_progress(last.done, last.total or 0)
            child.wait()
        finally:
            watchdog.cancel()
            _kill(child)
            child.wait()
            voice.close()
        if last is not None and last.contents is not None and child.returncode == 0:
            return last.contents
        if last is not None and last.code is not None and last.text is not None:
            raise ReadError(last.code, last.text)
        raise _death(child.returncode, is_stuck.is_set(), request)


def _kill(child: subprocess.Popen) -> None:
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def child_environment(scratch: str) -> dict[str, str]:
    """Give the child only what it needs: no secrets of ours, no network, one thread (threads cost memory)."""
    root = str(Path(__file__).resolve().parent.parent)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PROJ_DATA") if name in os.environ}
    return kept | {
        "PYTHONPATH": root,
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "TMPDIR": scratch,
        "HOME": scratch,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "GDAL_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "ARROW_IO_THREADS": "1",
        "PROJ_NETWORK": "OFF",
        "GDAL_HTTP_MAX_RETRY": "0",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
        "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    }


def _death(returncode: int, is_stuck: bool, request: Request) -> ReadError:
    """Explain a child that ended without a word."""
    if is_stuck or -returncode in (signal.SIGXCPU, signal.SIGKILL):
        return ReadError(
            "too-slow",
            Text(
                zh=f"读取超过 {request.seconds} 秒处理时间，已停止。请把文件拆小，或检查文件是否损坏。",
                en=f"Reading took more than {request.seconds} s of processor time and was stopped. "
                "Split the file, or check whether it is damaged.",
            ),
        )
    return ReadError(
        "crashed",
        Text(
            zh="读取此文件的进程崩溃了；服务本身不受影响。文件可能已损坏，或需要超过 "
            f"{request.memory_mb} MiB 内存。请重新导出，或换一种格式。",
            en="The process reading this file crashed; nothing else is affected. The file may be damaged, or "
            f"need more than {request.memory_mb} MiB of memory. Export it again, or use another format.",
        ),
    )
