"""GPX: tracks, routes and waypoints. A walked track is a line, and a boundary only where somebody says so."""

import struct
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from geo import crs as crs_module
from geo.distance import distance_m
from geo.formats._format import Format, Opened, Record, Source
from geo.formats._xml import elements, plain, text_of
from geo.text import Text

CLOSES_M = 30.0
"""A track that ends this near its start is closed: handsets are out by some metres at both ends."""


def read(source: Source) -> Opened:
    """Open tracks and routes as lines (each segment of a track one row) and waypoints as points; GPX is WGS84."""
    opened = Opened(
        name=source.path.stem,
        records=iter(()),
        columns=["name", "description", "type", "started_at", "ended_at", "points", "gap_m"],
        is_geometry=not source.is_table,
        crs=crs_module.WGS84,
        crs_declared_by="format",
        total=source.path.stat().st_size,
    )
    opened.records = _records(source.path.open("rb"), opened, source.tracks_as_boundaries)
    return opened


def _records(stream: IO[bytes], opened: Opened, is_boundary: bool) -> Iterator[Record]:
    number = 0
    with stream:
        for event, element in elements(stream):
            kind = plain(element)
            if event == "start" or kind not in ("trk", "rte", "wpt"):
                continue
            parts = [element]
            if kind == "trk":
                parts = [part for part in element if plain(part) == "trkseg"]
            for part in parts:
                number += 1
                points = [part] if kind == "wpt" else [p for p in part if plain(p) in ("trkpt", "rtept")]
                yield _record(number, kind, element, points, is_boundary)
            opened.done = stream.tell()
            element.clear()


def _record(number: int, kind: str, owner: Element, points: list[Element], is_boundary: bool) -> Record:
    times = [time for point in points if (time := text_of(point, "time"))]
    attributes: dict[str, object] = {
        "name": text_of(owner, "name"),
        "description": text_of(owner, "desc"),
        "type": {"trk": "track", "rte": "route", "wpt": "waypoint"}[kind],
        "started_at": times[0] if times else None,
        "ended_at": times[-1] if times else None,
        "points": len(points),
        "gap_m": None,
    }
    try:
        xy = np.array([[float(p.get("lon", "")), float(p.get("lat", ""))] for p in points]).reshape(-1, 2)
    except ValueError:
        return Record(number, attributes, None, None, "not-a-geometry", f"/{kind}[{number}]")
    if not np.isfinite(xy).all():
        return Record(number, attributes, None, None, "not-finite", f"/{kind}[{number}]")
    if kind == "wpt":
        return Record(number, attributes, struct.pack("<BIdd", 1, 1, *xy[0]), "Point")
    if len(xy) < 2:
        return Record(number, attributes, None, "LineString", "too-few-points", f"/{kind}[{number}]")
    gap_m = float(distance_m(xy[:1], xy[-1])[0])
    attributes["gap_m"] = round(gap_m, 1)
    if is_boundary and gap_m <= CLOSES_M and len(xy) >= 4:
        ring = xy if np.array_equal(xy[0], xy[-1]) else np.vstack([xy, xy[:1]])
        return Record(number, attributes, shapely.to_wkb(shapely.Polygon(ring)), "Polygon")
    return Record(number, attributes, shapely.to_wkb(shapely.LineString(xy)), "LineString")


FORMAT = Format(
    name="gpx",
    title=Text(zh="GPX（轨迹、航点）", en="GPX (tracks, waypoints)"),
    suffixes=(".gpx",),
    media_types=("application/gpx+xml",),
    read=read,
)
