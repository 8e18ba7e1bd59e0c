"""Field types that several nouns share: their limits are part of the API and of its documentation."""

from datetime import timedelta, timezone
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

CIVIL_TIME = timezone(timedelta(hours=8))
"""Work dates are dates of this time, wherever the server stands."""

Code = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="letters, digits, . _ -")
]
RegionCode = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z]{12}$", description="12-character statistical region code")
]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=2000)]
Yuan = Annotated[Decimal, Meta(description="decimal yuan, not negative")]
Month = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="a month: 2026-11")]
Hours = Annotated[Decimal, Meta(description="more than 0, at most 16")]
Quantity = Annotated[Decimal, Meta(description="not negative")]
SquareMetres = Annotated[float, Meta(ge=0, le=5.2e14)]
Metres = Annotated[float, Meta(ge=0, le=10_000)]
Share = Annotated[float, Meta(ge=0, le=1, description="a fraction from 0 to 1")]
Count = Annotated[int, Meta(ge=0, le=2_000_000_000)]

Position = Annotated[list[float], Meta(min_length=2, max_length=4)]
Ring = list[Position]


class Polygon(Struct, frozen=True, tag_field="type", tag="Polygon"):
    """A GeoJSON polygon in EPSG:4326, longitude first."""

    coordinates: list[Ring]


class MultiPolygon(Struct, frozen=True, tag_field="type", tag="MultiPolygon"):
    """A GeoJSON multipolygon in EPSG:4326, longitude first."""

    coordinates: list[list[Ring]]


Boundary = Polygon | MultiPolygon
