"""The child of `geo.reading`: limits itself, reads one layer, writes an Arrow file, and reports on stdout."""

import os
import resource
import sys
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from pathlib import Path

import msgspec
import pyarrow as pa
from pyproj import CRS

from geo import crs as crs_module
from geo.formats import FormatError, Opened, Record, Source, format_of
from geo.reading import Contents, Message, Request
from geo.text import Text

BATCH_ROWS = 1000
BATCH_BYTES = 8 * 1024 * 1024

SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("geometry", pa.binary()),
        ("geometry_type", pa.string()),
        ("problem", pa.string()),
        ("place", pa.string()),
        ("attributes", pa.string()),
    ]
)

WRONG_ENCODING = Text(
    zh="文字不是文件所声明的编码（Shapefile 看 .cpg 文件）。请改正声明或重新导出为 UTF-8。",
    en="The text is not in the encoding that the file declares (for a shapefile, in its .cpg). Correct the "
    "declaration, or export again in UTF-8.",
)

UNDECLARED = Text(
    zh="文件没有声明坐标系，系统不会猜。请用 --crs 声明：GPS 经纬度用 EPSG:4326；"
    "CGCS2000 经纬度用 EPSG:4490；CGCS2000 3 度带坐标用 EPSG:4513–4533（横坐标带带号）"
    "或 EPSG:4534–4554（不带带号）。不确定时请问测量或提供数据的人。",
    en="The file declares no coordinate system, and none is guessed. Declare it with --crs: EPSG:4326 for "
    "GPS longitude and latitude, EPSG:4490 for CGCS2000 longitude and latitude, EPSG:4513 to 4533 for "
    "CGCS2000 3-degree zones with the zone number in the easting, EPSG:4534 to 4554 without it. If unsure, "
    "ask whoever surveyed or supplied the data.",
)


class _WithoutPandas(MetaPathFinder):
    """Hides pandas: pyarrow imports it (a second, 100 MiB) merely to ask whether an input is a Series."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        """Refuse pandas and leave every other module to the usual finders."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def main() -> int:
    """Do what the request on the command line asks; the exit code is 0 only when the layer is complete."""
    sys.meta_path.insert(0, _WithoutPandas())
    request = msgspec.json.decode(sys.argv[1], type=Request)
    _limit(request)
    # Libraries print; what the parent listens to is a descriptor of our own.
    voice = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(message: Message) -> None:
        voice.write(msgspec.json.encode(message) + b"\n")

    try:
        say(Message(contents=_read(request, say)))
    except FormatError as error:
        say(Message(code=error.code, text=error.text))
    except crs_module.CrsError as error:
        say(Message(code="crs-unknown", text=error.text))
    except UnicodeDecodeError:
        say(Message(code="encoding", text=WRONG_ENCODING))
    except MemoryError:
        say(Message(code="out-of-memory", text=_out_of_memory(request.memory_mb)))
    except Exception as error:
        say(Message(code="unreadable", text=_unreadable(error)))
    else:
        return 0
    return 1


def _limit(request: Request) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (request.seconds, request.seconds + 2))
    size = request.memory_mb * 1024 * 1024
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _read(request: Request, say: Callable[[Message], None]) -> Contents:
    form = format_of(Path(request.path), request.format)
    opened = form.read(
        Source(
            path=Path(request.path), layer=request.layer, is_table=request.is_table,
            tracks_as_boundaries=request.tracks_as_boundaries, prefer=request.prefer,
        )
    )  # fmt: skip
    user_crs = crs_module.parse(request.crs) if request.crs else None
    declared_late = form.name == "geojson"
    if not declared_late:
        _settle_crs(opened, user_crs)
    rows = 0
    with pa.OSFile(request.out, "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
        for batch in _batches(opened.records):
            writer.write_batch(batch)
            rows += batch.num_rows
            say(Message(done=opened.done, total=max(opened.total, opened.done)))
    crs, declared_by = _settle_crs(opened, user_crs)
    return Contents(
        name=opened.name,
        format=form.name,
        crs=crs_module.identify(crs) if crs is not None else None,
        crs_declared_by=declared_by,
        columns=tuple(opened.columns),
        rows=rows,
        has_z=opened.has_z,
        is_geometry=opened.is_geometry,
        notes=tuple(opened.notes),
    )


def _settle_crs(opened: Opened, user_crs: CRS | None) -> tuple[CRS | None, str | None]:
    """Put the file's declaration and the user's together.

    A user's declaration may fill a gap and may replace the default of a format; it may not contradict a file.
    """
    if not opened.is_geometry:
        return None, None
    if user_crs is None:
        if opened.crs is None:
            raise FormatError("crs-undeclared", UNDECLARED)
        return opened.crs, opened.crs_declared_by
    is_told = opened.crs is not None and opened.crs_declared_by == "file"
    if opened.crs is not None and is_told and not crs_module.is_same(opened.crs, user_crs):
        theirs, yours = crs_module.identify(opened.crs), crs_module.identify(user_crs)
        raise FormatError(
            "crs-conflict",
            Text(
                zh=f"文件声明坐标系 {theirs}，你声明 {yours}，两者不同。若文件是对的，请去掉 --crs；"
                "若文件声明错了，请改正后重新导出。",
                en=f"The file declares {theirs} and you declare {yours}. If the file is right, drop --crs; "
                "if it is wrong, correct it and export again.",
            ),
        )
    return (opened.crs, "file") if is_told else (user_crs, "user")


def _batches(records: Iterator[Record]) -> Iterator[pa.RecordBatch]:
    waiting: list[tuple] = []
    size = 0
    for record in records:
        attributes = msgspec.json.encode(record.attributes, enc_hook=str).decode()
        problem, place = record.problem, record.place
        if problem is None and "\\u0000" in attributes:
            problem, place = "nul-character", _column_with_nul(record.attributes)
        if problem is not None:
            place = place or "/"
        waiting.append((record.row, record.geometry, record.geometry_type, problem, place, attributes))
        size += len(attributes) + len(record.geometry or b"") + 64
        if len(waiting) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield _columns(waiting)
            waiting, size = [], 0
    if waiting:
        yield _columns(waiting)


def _columns(rows: list[tuple]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    return pa.record_batch(arrays, schema=SCHEMA)


def _column_with_nul(attributes: dict[str, object]) -> str | None:
    return next((name for name, value in attributes.items() if "\0" in f"{name}{value}"), None)


def _out_of_memory(memory_mb: int) -> Text:
    return Text(
        zh=f"读取此文件需要超过 {memory_mb} MiB 内存：某一个要素可能大得不正常。请拆小后再导入。",
        en=f"Reading this file takes more than {memory_mb} MiB of memory: a single feature may be far too "
        "large. Split it and import again.",
    )


def _unreadable(error: Exception) -> Text:
    detail = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
    return Text(
        zh=f"文件无法读取，可能已损坏或不是所说的格式（{detail}）。",
        en=f"The file cannot be read: it may be damaged, or not in the format it claims ({detail}).",
    )


if __name__ == "__main__":
    sys.exit(main())
