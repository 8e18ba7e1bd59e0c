"""What a collection of features is: a noun as GIS clients read it, with a geometry of its own or of its plot."""

from typing import Literal

import msgspec
from msgspec import Struct

from forestapi.records._noun import Noun
from geo.text import Text


class Collection(Struct, frozen=True, kw_only=True):
    """One collection of OGC API."""

    name: str
    """Its id in addresses."""
    title: Text
    about: Text
    noun: Noun
    """What is read: view, key, geometry, the date, and who may."""
    geometry_type: Literal["MultiPolygon", "Point"]
    is_sparse: bool = False
    """Whether some records may have no geometry."""
    is_written: bool = True
    """Whether features are created, replaced, changed and deleted; the rules are those of every other way in."""
    layer: str = ""
    """The layer of vector tiles that draws it; empty where there is none."""


def on_plot(noun: Noun) -> Noun:
    """Read a noun with a point of the plot that its records are about, as `location`; it is the ledger's to fill in."""
    return msgspec.structs.replace(
        noun,
        view=f"{noun.name}_located",
        geometry="location",
        located_by="plot",
        derived=(*noun.derived, "location"),
    )
