"""The data inside a single-file map: boundaries as GeoJSON, attributes by column, totals by county."""

import json
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from msgspec import Struct
from msgspec.structs import replace

from geo.text import Text
from maps import palettes
from maps.layer import Class, Layer

DETAIL = ((0.0, 6), (1e-5, 5), (5e-5, 5), (2e-4, 5), (5e-4, 5))
"""Ever coarser drawing: how far a simplified line may stray in degrees, and the decimals of a coordinate."""

COLUMNS = ("number", "programme", "region", "year", "species", "area_mu", "lifecycle", "is_synthetic")
REGION_BYTES = 700_000
SWITCH_ZOOM = 9
"""Circles of whole counties below this Leaflet zoom, plots from it up."""
CIRCLE = palettes.SEQUENCE[3]
CELL_DEG = 0.5
"""The grid that stands in for the county of plots which have none."""


class Data(Struct, frozen=True):
    """What the page's script draws; `plots`, `table`, `regions` and `circles` are JSON text."""

    plots: str
    table: str
    regions: str
    circles: str
    region_names: dict[str, str]
    bounds: tuple[float, float, float, float] | None
    is_complete: bool
    sentence: Text | None
    """What was left out, in words; None where nothing was."""


def build(frame: GeoDataFrame, regions: GeoDataFrame | None, *, language: str, max_bytes: int) -> Data:
    """Fit the plots into `max_bytes` of JSON: every one, more and more simply, or else the largest."""
    frame = frame[~frame.geometry.is_empty & frame.geometry.notna()].reset_index(drop=True)
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    bounds = (west, south, east, north) if len(frame) else None
    names = _names(regions, language)
    outlines = _outlines(regions, bounds)
    circles = _circles(frame, names)
    budget = max_bytes - len(outlines.encode()) - len(circles.encode())
    kept = np.argsort(-frame["area_mu"].to_numpy(dtype=float), kind="stable")
    texts: list[str] = []
    for tolerance_deg, decimals in DETAIL:
        texts = _boundaries(frame, tolerance_deg, decimals)
        if _size(texts, frame) <= budget:
            break
    sizes = np.array([len(text) + 80 for text in texts], dtype=np.int64)
    row_bytes = _size([], frame) / max(len(frame), 1)
    fits = np.cumsum(sizes[kept] + row_bytes) <= budget
    chosen = np.sort(kept[fits]) if not fits.all() else np.arange(len(frame))
    shown = frame.iloc[chosen]
    features = ",".join(
        f'{{"type":"Feature","id":{i},"properties":{{}},"geometry":{texts[row]}}}'
        for i, row in enumerate(chosen)
    )
    return Data(
        plots=f'{{"type":"FeatureCollection","features":[{features}]}}',
        table=_table(shown),
        regions=outlines,
        circles=circles,
        region_names={code: names[code] for code in sorted(set(frame["region"].dropna())) if code in names},
        bounds=bounds,
        is_complete=len(shown) == len(frame),
        sentence=_sentence(frame, shown),
    )


def with_zooms(layer: Layer) -> Layer:
    """Give the legend the zooms at which this file switches from circles to plots (of 512-pixel tiles)."""
    switch = SWITCH_ZOOM - 1
    parts = []
    for part in layer.parts:
        if part.source_layer == "cells" and part.legend is not None:
            title = Text(zh="县域内各小班面积之和", en="Sum of plot areas in each county")
            label = Text(zh="圆面积与造林面积成正比", en="the circle's area follows the planted area")
            shown = replace(part.legend, title=title, classes=(Class(label, CIRCLE, 5.5),))
            parts.append(replace(part, max_zoom=switch, legend=shown))
        else:
            parts.append(replace(part, min_zoom=switch))
    return replace(layer, parts=tuple(parts))


def _boundaries(frame: GeoDataFrame, tolerance_deg: float, decimals: int) -> list[str]:
    """Write each boundary as GeoJSON geometry, simplified and rounded."""
    geometry = frame.geometry.to_numpy()
    if tolerance_deg:
        geometry = shapely.simplify(geometry, tolerance_deg, preserve_topology=True)
    geometry = shapely.transform(geometry, lambda points: np.round(points, decimals))
    return [text.replace(" ", "") for text in shapely.to_geojson(geometry)]


def _size(texts: list[str], frame: GeoDataFrame) -> int:
    """Count the bytes of the boundaries and the attribute table together."""
    return sum(len(text) + 80 for text in texts) + len(_table(frame).encode())


def _table(frame: GeoDataFrame) -> str:
    """Write the attributes by column; words that repeat are listed once and numbered."""
    table: dict[str, Any] = {}
    for name in COLUMNS:
        values = [None if pd.isna(value) else value for value in frame[name]]
        if name == "area_mu":
            table[name] = {"values": [None if v is None else round(float(v), 1) for v in values]}
        elif name == "year":
            table[name] = {"values": [None if v is None else int(v) for v in values]}
        elif name == "number":
            table[name] = {"values": [None if v is None else str(v) for v in values]}
        else:
            words = sorted({str(v) for v in values if v is not None})
            place = {word: i for i, word in enumerate(words)}
            table[name] = {"words": words, "values": [None if v is None else place[str(v)] for v in values]}
    return _json(table).replace('"True"', '"true"').replace('"False"', '"false"')


def _names(regions: GeoDataFrame | None, language: str) -> dict[str, str]:
    if regions is None:
        return {}
    return dict(zip(regions["code"], regions[f"name_{language}"], strict=True))


def _outlines(regions: GeoDataFrame | None, bounds: tuple[float, ...] | None) -> str:
    """Write the outlines near the plots, simplified to fit `REGION_BYTES`."""
    if regions is None or bounds is None or regions.empty:
        return '{"type":"FeatureCollection","features":[]}'
    west, south, east, north = bounds
    margin = max(east - west, north - south, 0.5)
    around = shapely.box(west - margin, south - margin, east + margin, north + margin)
    near = regions[regions.intersects(around)]
    text = ""
    for tolerance_deg, decimals in ((0.002, 4), (0.01, 3), (0.03, 3), (0.1, 2)):
        shapes = _boundaries(near, tolerance_deg, decimals)
        features = ",".join(f'{{"type":"Feature","properties":{{}},"geometry":{shape}}}' for shape in shapes)
        text = f'{{"type":"FeatureCollection","features":[{features}]}}'
        if len(text) <= REGION_BYTES:
            break
    return text


def _circles(frame: GeoDataFrame, names: dict[str, str]) -> str:
    """Add up the plots of each county (of each grid cell where plots have no county), largest first."""
    if frame.empty:
        return "[]"
    middle = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    area_mu = frame["area_mu"].to_numpy(dtype=float)
    cells = [f"{x // CELL_DEG}:{y // CELL_DEG}" for x, y in middle]
    codes = zip(frame["region"], cells, strict=True)
    rows = pd.DataFrame(
        {
            "key": [cell if pd.isna(code) else str(code) for code, cell in codes],
            "area_mu": area_mu,
            "x": middle[:, 0] * area_mu,
            "y": middle[:, 1] * area_mu,
            "plots": 1,
        }
    )
    totals = rows.groupby("key", sort=True).sum().sort_values("area_mu", ascending=False)
    return _json(
        [
            {
                "name": names.get(str(key), str(key) if ":" not in str(key) else None),
                "lon": round(row.x / row.area_mu, 4),
                "lat": round(row.y / row.area_mu, 4),
                "area_ha": round(row.area_mu / 15, 4),
                "plots": int(row.plots),
            }
            for key, row in totals.iterrows()
            if row.area_mu > 0
        ]
    )


def _sentence(frame: GeoDataFrame, shown: GeoDataFrame) -> Text | None:
    if len(shown) == len(frame):
        return None
    values = {
        "shown": f"{len(shown):,}",
        "all": f"{len(frame):,}",
        "shown_mu": f"{shown['area_mu'].sum():,.0f}",
        "all_mu": f"{frame['area_mu'].sum():,.0f}",
    }
    return Text(
        zh="为控制文件大小，本图只画出面积最大的 {shown} 个小班（共 {all} 个；"
        "{shown_mu} 亩，合计 {all_mu} 亩）；圆点统计全部小班。",
        en="To keep this file small it draws the {shown} largest of {all} plots ({shown_mu} of {all_mu} mu); "
        "the circles count every plot.",
    ).format(**values)


def _json(value: Any) -> str:
    """Write JSON that may stand in a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
