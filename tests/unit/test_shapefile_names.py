"""Attribute tables whose field names were cut in the middle of a Chinese character."""

import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from geo.reading import read_layer


@pytest.mark.parametrize("packed", [False, True])
def test_a_name_cut_in_the_middle_of_a_character_loses_its_broken_end(tmp_path: Path, packed: bool) -> None:
    frame = gpd.GeoDataFrame({"a": [7]}, geometry=[box(103, 38, 103.1, 38.1)], crs=4490)
    folder = tmp_path / "layer"
    folder.mkdir()
    frame.to_file(folder / "plots.shp", encoding="utf-8")
    table = bytearray((folder / "plots.dbf").read_bytes())
    table[32:43] = "设计穴数".encode()[:10].ljust(11, b"\0")
    (folder / "plots.dbf").write_bytes(table)
    path = folder / "plots.shp"
    if packed:
        path = Path(shutil.make_archive(str(tmp_path / "plots"), "zip", folder))
    layer = read_layer(path, out=tmp_path / "rows.arrow")
    assert layer.columns == ("设计穴",)
    assert next(layer.batches()).column("attributes")[0].as_py() == '{"设计穴":7}'
    assert (folder / "plots.dbf").read_bytes() == bytes(table)
