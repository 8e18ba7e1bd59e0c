"""Shapefiles, zipped or beside one another, through GDAL; Chinese attribute tables included."""

import contextlib
import csv
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio

from geo.formats._archive import open_archive, unpack
from geo.formats._encoding import table_encoding
from geo.formats._format import GEOMETRY, Format, FormatError, Layer, Opened, Source
from geo.formats._gdal import choose_layer, open_layer, write_layer
from geo.formats._writing import CUT, inert_text, iso_moments, too_large
from geo.text import Text

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
MAX_TEXT_BYTES = 254
_MAGIC = b"\x00\x00\x27\x0a"


def read(source: Source) -> Opened:
    """Open a shapefile from a zip archive, or a .shp whose other files lie beside it."""
    if source.path.suffix.lower() == ".shp":
        folder, stem, name = source.path.parent, source.path.stem, source.path.stem
    else:
        folder = Path(tempfile.mkdtemp(prefix="shapefile-"))
        stem, name = "layer", _unpack(source, folder)
    files = {p.suffix.lower(): p for p in folder.iterdir() if p.stem == stem and p.suffix.lower() in _PARTS}
    with files[".shp"].open("rb") as stream:
        if stream.read(4) != _MAGIC:
            raise FormatError(
                "unreadable", Text(zh="不是 Shapefile。", en="The .shp file is not a shapefile.")
            )
    missing = [part for part in (".shx", ".dbf") if part not in files]
    if missing:
        raise FormatError(
            "incomplete",
            Text(
                zh=f"Shapefile 缺少 {'、'.join(missing)} 文件，请把同名文件一起打包。",
                en=f"The shapefile lacks its {' and '.join(missing)} file: pack all files of one name.",
            ),
        )
    encoding = _encoding(files)
    broken = _broken_names(files[".dbf"], encoding)
    if broken and folder == source.path.parent:
        folder = Path(tempfile.mkdtemp(prefix="shapefile-"))
        files = {part: Path(shutil.copy(path, folder / f"layer{part}")) for part, path in files.items()}
    _write_names(files[".dbf"], broken)
    return open_layer(files[".shp"], files[".shp"].stem, name, encoding=encoding)


def _broken_names(dbf: Path, encoding: str) -> dict[int, bytes]:
    """Find field names that a writer cut in the middle of a character: position in the file -> whole characters."""
    with dbf.open("rb") as stream:
        head = stream.read(32)
        fields = stream.read(max(int.from_bytes(head[8:10], "little") - 32, 0))
    broken = {}
    for at in range(0, len(fields) - 31, 32):
        if fields[at] == 0x0D:
            break
        name = fields[at : at + 11].split(b"\0")[0]
        whole = name.decode(encoding, "ignore").encode(encoding)
        if whole != name:
            broken[32 + at] = whole
    return broken


def _write_names(dbf: Path, names: dict[int, bytes]) -> None:
    """Write field names into a private copy of an attribute table."""
    with dbf.open("r+b") if names else contextlib.nullcontext() as stream:
        for at, name in names.items():
            stream.seek(at)
            stream.write(name.ljust(11, b"\0"))


def _unpack(source: Source, folder: Path) -> str:
    """Unpack the files of one layer into `folder` as layer.*; returns the layer's name."""
    with open_archive(source.path) as archive:
        members = {
            PurePosixPath(name.replace("\\", "/")): name
            for name in archive.namelist()
            if "__MACOSX" not in name and not PurePosixPath(name).name.startswith(".")
        }
        stems = [path.with_suffix("") for path in members if path.suffix.lower() == ".shp"]
        if not stems:
            raise FormatError(
                "unreadable",
                Text(zh="压缩包里没有 .shp 文件。", en="There is no .shp file in the archive."),
            )
        by_name = {stem.name: stem for stem in stems}
        chosen = by_name[choose_layer(list(by_name), source.layer)]
        for path, member in members.items():
            if path.with_suffix("") == chosen and path.suffix.lower() in _PARTS:
                unpack(archive, member, folder / f"layer{path.suffix.lower()}")
    return chosen.name


def _encoding(files: dict[str, Path]) -> str:
    """Tell the encoding of the attribute table: its .cpg, else UTF-8 if all of it is, else GB18030.

    Raises:
        FormatError: encoding, where the table is in neither.

    """
    if ".cpg" in files:
        declared = files[".cpg"].read_bytes()[:40].decode("ascii", "replace").strip().lower()
        known = {"utf-8": "UTF-8", "utf8": "UTF-8", "65001": "UTF-8", "936": "GB18030", "gbk": "GB18030"}
        known |= {"gb2312": "GB18030", "gb18030": "GB18030", "cp936": "GB18030", "ansi 936": "GB18030"}
        if declared in known:
            return known[declared]
        if declared.replace("-", "").isalnum() and declared:
            return declared.upper()
    return table_encoding(files[".dbf"]).upper()


def write(path: Path, layer: Layer) -> None:
    """Write a zip: the shapefile with its CRS, `fields.csv` (short name -> column), `about.json`, and `long-texts.csv`.

    An attribute table holds 254 bytes of a text: longer ones are cut there, and stand whole in `long-texts.csv`. It has
    no moments, which are written as text, and does not tell an empty text from none.

    Raises:
        FormatError: too-large, beyond 2 GB; or the file is to be no .zip.

    """
    if path.suffix.lower() != ".zip":
        raise FormatError("unknown-format", Text(zh="Shapefile 请导出为 .zip。", en="Write a shapefile as a .zip."))
    names = _short_names([name for name in layer.rows.schema.names if name != GEOMETRY])
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="shapefile-") as place:
        folder = Path(place)
        with (folder / "long-texts.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            long_texts = csv.writer(stream)
            long_texts.writerow([layer.key, "column", "text"])
            schema = pa.schema([pa.field(names.get(f.name, f.name), _plain(f.type)) for f in layer.rows.schema])
            rows = pa.RecordBatchReader.from_batches(schema, _fitting(layer, schema, long_texts))
            shp = folder / f"{layer.name}.shp"
            try:
                write_layer(shp, Layer(name=layer.name, rows=rows, geometry_type=layer.geometry_type), "ESRI Shapefile", rows,
                            ENCODING="UTF-8", **{"2GB_LIMIT": "YES"})  # fmt: skip
            except (pyogrio.errors.DataSourceError, RuntimeError) as error:
                if sum(part.stat().st_size for part in folder.glob(f"{layer.name}.*")) > 2e9:
                    raise too_large("Shapefile", "最大 2 GB", "holds 2 GB at most") from error
                raise
        with (folder / "fields.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([("field", "column"), *((short, name) for name, short in names.items())])
        (folder / "about.json").write_text(json.dumps(layer.about, ensure_ascii=False, indent=2), "utf-8")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(folder.iterdir()):
                archive.write(part, part.name)


def _short_names(names: list[str]) -> dict[str, str]:
    """Give each column a name of ten bytes at most, no two alike."""
    found: dict[str, str] = {}
    for name in names:
        short, number = name.encode()[:10].decode("utf-8", "ignore"), 1
        while short.lower() in {taken.lower() for taken in found.values()}:
            number += 1
            short = f"{name.encode()[: 9 - len(str(number))].decode('utf-8', 'ignore')}_{number}"
        found[name] = short
    return found


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _fitting(layer: Layer, schema: pa.Schema, long_texts: Any) -> Iterator[pa.RecordBatch]:
    """Cut what an attribute table cannot hold, and write it down whole."""
    for batch in layer.rows:
        keys, columns = batch.column(layer.key).to_pylist(), []
        for field, column in zip(batch.schema, batch.columns, strict=True):
            if pa.types.is_timestamp(field.type):
                column = iso_moments(column)
            elif pa.types.is_string(field.type) and (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_TEXT_BYTES:
                column = pa.array([_cut(text, key, field.name, long_texts) for key, text in zip(keys, column.to_pylist(), strict=True)])
            columns.append(column)
        yield pa.record_batch(columns, schema=schema)


def _cut(text: str | None, key: Any, column: str, long_texts: Any) -> str | None:
    if text is None or len(text.encode()) <= MAX_TEXT_BYTES:
        return text
    long_texts.writerow([inert_text(str(key)), column, inert_text(text)])
    return text.encode()[: MAX_TEXT_BYTES - len(CUT.encode())].decode("utf-8", "ignore") + CUT


FORMAT = Format(
    name="shapefile",
    title=Text(zh="Shapefile（打包为 zip）", en="Shapefile (zipped)"),
    suffixes=(".zip", ".shp"),
    media_types=("application/zip", "application/x-shapefile"),
    read=read,
    write=write,
)
