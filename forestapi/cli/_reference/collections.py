"""Page: the collections of OGC API."""

from forestapi.access import ROLES
from forestapi.cli._reference._page import Page, both, codes, table
from forestapi.records import Noun, nouns
from forestapi.records._filter import (
    LANGUAGES,
    MAX_CHARACTERS,
    MAX_CORNERS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_SPATIAL,
    MAX_VALUES,
)
from forestapi.records._queryables import queryables
from forestapi.routes._request import DEFAULT_LIMIT, MAX_LIMIT
from forestapi.routes.ogc._conformance import CLASSES
from forestapi.store.collections import Collection, collections
from forestapi.store.features import FILTER_SECONDS
from forestapi.store.geojson import COUNT_MS
from geo import ogc_crs


def write() -> str:
    """Write every collection with its queryables, what all of them share, and the conformance classes."""
    parts = [
        "# OGC API\n",
        "At `/ogc`: GIS programs take this address ([how](../how-to/connect-qgis.md)). Each collection has `/items`, "
        "`/items/{id}`, `/schema`, `/queryables` and `/sortables` below `/ogc/collections/{name}`; the interface as a "
        "machine reads it is at `/ogc/api`. A token goes into `Authorization: Bearer …`, or is the password of any user "
        "name (Basic).\n",
        *(_collection(one) for one in collections().values()),
        "## Asking for features\n",
        table(
            ("Parameter", "Meaning"),
            [
                ("`limit`", f"features on a page, {DEFAULT_LIMIT} if left out, {MAX_LIMIT} at most"),
                ("`bbox`, `bbox-crs`", "west, south, east, north; in the axis order of `bbox-crs`"),
                ("`datetime`", "a date or interval of the collection's date"),
                ("any queryable", "features with this value"),
                ("`filter`, `filter-lang`, `filter-crs`", f"a condition in [CQL2](../how-to/use-cql2.md): {codes(LANGUAGES)}"),
                ("`sortby`", "`-area_m2,number`: sortables, `-` from the largest; what is unknown comes last"),
                ("`properties`, `skipGeometry`", "only these properties; no geometry"),
                ("`crs`", "the CRS of the answer"),
                ("`offset`", "features to pass over; following `next` costs less"),
            ],
        ),
        f"`next` goes on after the last feature, so that every page costs the same. `numberMatched` is exact; where "
        f"counting takes longer than {COUNT_MS} ms it is left out. A filter may have {MAX_CHARACTERS:,} characters, "
        f"{MAX_DEPTH} levels, {MAX_NODES} operations and properties, {MAX_VALUES:,} values, {MAX_CORNERS:,} corners and "
        f"{MAX_SPATIAL} spatial conditions, and {FILTER_SECONDS} s of the database.\n",
        "CRSs, each in its authority's axis order:\n",
        "\n".join(f"- `{uri}`" for uri in ogc_crs.OFFERED) + "\n",
        "## Conformance\n",
        "\n".join(f"- `{uri}`" for uri in CLASSES) + "\n",
    ]
    return "\n".join(parts)


def _collection(collection: Collection) -> str:
    noun = collection.noun
    staff = [name for name in queryables(noun, is_public=False) if name not in queryables(noun, is_public=True)]
    facts = [
        f"Read by: {_roles(noun)}.",
        f"Written by: {_roles(nouns()[collection.name], is_writing=True)}." if collection.is_written else "Not written.",
        f"Geometry: `{noun.geometry}`, {collection.geometry_type}.",
        f"`datetime` is about `{noun.happened}`." if noun.happened else "",
        f"Tiles: `/ogc/collections/{collection.name}/tiles`." if collection.layer else "",
    ]
    lines = [
        f"## {collection.name}\n",
        f"{both(collection.title)}. {both(collection.about)}\n",
        " ".join(fact for fact in facts if fact) + "\n",
        f"Queryables: {codes(queryables(noun, is_public=True))}."
        + (f" For the staff also: {codes(staff)}." if staff else "")
        + "\n",
    ]
    return "\n".join(lines)


def _roles(noun: Noun, *, is_writing: bool = False) -> str:
    roles = noun.writers if is_writing else noun.readers
    return "everybody" if "public" in roles else ", ".join(role for role in ROLES if role in roles)


PAGE = Page(
    name="ogc-api",
    title="OGC API",
    about="the collections that GIS programs read and edit, with their queryables, and the conformance classes",
    write=write,
)
