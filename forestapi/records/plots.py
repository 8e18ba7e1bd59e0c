"""Plots (小班): pieces of ground with a boundary."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from forestapi.records._fields import Boundary, Code, Metres, Name, RegionCode, SquareMetres, Words
from forestapi.records._noun import Noun
from forestapi.records.regions import ClimateClass
from geo.text import Text

Lifecycle = Literal["planned", "planted", "checked", "accepted", "preserved", "failed"]
CaptureMethod = Literal["gnss_walk", "gnss_points", "survey", "digitised", "file", "unknown"]


class Plot(Struct, forbid_unknown_fields=True, kw_only=True):
    """A plot of one programme. Its ground counts once, whoever else reports it too."""

    id: UUID | None = None
    programme: Code
    number: Name
    region: RegionCode | None = None
    """Left out, it is the smallest region that holds a point of the plot."""
    compartment: Name | None = None
    subcompartment: Name | None = None
    tenure: Literal["state", "collective", "household"] | None = None
    prior_land_class: Words | None = None
    climate_class: ClimateClass | None = None
    boundary: Boundary | None = None
    """EPSG:4326. A record without one is held and counts nowhere."""
    source_crs: Words | None = None
    """The CRS in which the boundary was submitted; converted from it when it was not EPSG:4326."""
    capture_method: CaptureMethod = "unknown"
    accuracy_m: Metres | None = None
    declared_area_m2: SquareMetres | None = None
    lifecycle: Lifecycle = "planned"
    accepted_on: date | None = None
    layer: Name | None = None
    layer_key: Name | None = None
    attributes: dict[str, Any] = {}
    """Further columns of a submitted file, kept as they came."""


NOUN = Noun(
    name="plots",
    table="plot",
    struct=Plot,
    title=Text("小班", "Plots"),
    geometry="boundary",
    happened="planted_on",
    filters=("programme", "region", "number", "lifecycle", "layer", "climate_class"),
    staff_only=("attributes",),
    derived=("area_m2", "geodesic_area_m2", "credited_m2", "is_planted", "planted_on", "species", "evidence"),
)
