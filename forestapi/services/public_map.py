"""What the public map needs beside the headline: where counties are, which species there are, what codes are called."""

import json
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.records._query import Query
from forestapi.records.species import NOUN as SPECIES
from forestapi.services.headline import Headline
from forestapi.store import features, regions
from geo.text import Text

MAX_SPECIES = 2000
Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees (EPSG:4326)."""


class Ground(Struct, kw_only=True):
    """Counties by code with their extent, species by the ground they have, names of all species."""

    bounds: dict[str, Bounds]
    species: list[str]
    """Codes, the one with most credited ground first."""
    names: dict[str, Text]
    figures: dict[str, str]
    """Addresses of the statistics that the map asks for when a reader wants years, kinds or survival."""


async def read(tx: Transaction, facts: Headline) -> Ground:
    """Read it for the programmes of the headline."""
    query = Query(equals={"programme": facts.chosen}) if facts.chosen else Query()
    area = await stats.answer(tx, stats.get("planted-area"), by=("species",), query=query)
    ranked = sorted((row for row in area["rows"] if row["species"]), key=lambda row: (-row["credited_m2"], row["species"]))
    return Ground(
        bounds=await regions.extents(tx, [county.code for county in facts.counties]),
        species=[row["species"] for row in ranked],
        names=await species_names(tx),
        figures=addresses(facts),
    )


async def species_names(tx: Transaction) -> dict[str, Text]:
    """Give the names of all species by code."""
    found = await features.page(tx, SPECIES, Query(), limit=MAX_SPECIES)
    return {row["code"]: Text(row["name_zh"], row["name_en"]) for row in map(json.loads, found.rows)}


def addresses(facts: Headline) -> dict[str, str]:
    """Write the addresses of the statistics behind the map, kept to the programmes of the headline."""
    kept: dict[str, Any] = {"programme": programmes_of(facts)} if programmes_of(facts) else {}
    area = "/api/v1/statistics/planted-area?"
    return {
        "year": area + urlencode({"by": "region,year", **kept}),
        "species": area + urlencode({"by": "region,species,year", **kept}),
        "programme": area + urlencode({"by": "region,programme,year", **kept}),
        "survival": "/api/v1/statistics/survival?" + urlencode({"by": "region", **kept}),
    }


def programmes_of(facts: Headline) -> str:
    """Name the programmes that tiles, lists and figures are kept to; all of them need no naming."""
    return "" if len(facts.chosen) == len(facts.programmes) else ",".join(facts.chosen)
