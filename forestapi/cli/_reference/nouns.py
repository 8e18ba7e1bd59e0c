"""Page: the nouns of the ledger."""

from forestapi.access import ROLES
from forestapi.cli._reference._page import Page, both, codes, first_sentences, table
from forestapi.cli._reference._types import field_table, nested
from forestapi.db.constraints import CONSTRAINTS
from forestapi.records import BOOKKEEPING, Noun, nouns
from forestapi.records._fields import MultiPolygon, Polygon

DERIVED = {
    "area_m2": "equal-area square metres of the boundary (EPSG:6933)",
    "geodesic_area_m2": "square metres on the WGS84 ellipsoid: the check of `area_m2`",
    "credited_m2": "square metres that are credited to this plot: see [area](../explanation/area.md); "
    "absent for a plot that is not planted",
    "is_planted": "whether there is a planting of kind `new`; other plots count nowhere",
    "planted_on": "date of the first planting of kind `new`",
    "species": "the code of the species with most design holes",
    "evidence": "the submission (file) and its row that the plot came from",
    "programme": "the programme of the plot",
    "due_yuan": "the sum of the items due",
    "deducted_yuan": "the sum of the deductions",
    "revision": "counts the changes; it is the ETag, and goes into `If-Match`",
    "received_at": "when the ledger received it first",
    "updated_at": "when it last changed",
    "is_synthetic": "made-up data for demonstration",
}
"""What the ledger fills in, in words; a test sees that none is left out."""


def write() -> str:
    """Write all nouns, and the geometry types that they share."""
    parts = [
        "# Nouns\n",
        "Every noun is read and written at `/api/v1/<noun>` in the same way; see [HTTP](http.md). Ids are UUIDs "
        "(version 7) that the client chooses; a repeated request has one effect. A field that is not listed is "
        "refused by name.\n",
        *(_noun(noun) for noun in nouns().values()),
        "## Geometry\n",
        "GeoJSON in EPSG:4326, longitude first. It is checked by the [rules](rules.md) and never repaired.\n",
        *(f"### {kind.__name__}\n\n{field_table(kind)}" for kind in (Polygon, MultiPolygon)),
    ]
    return "\n".join(parts)


def _noun(noun: Noun) -> str:
    derived = [name for name in (*noun.derived, *BOOKKEEPING) if name not in noun.columns]
    filters = [*noun.filters, *(["bbox"] if noun.geometry else []), *(["datetime"] if noun.happened else [])]
    refusals = [
        (f"`{name}`", f"`{refusal.field}`", both(refusal.message), "hold" if refusal.is_held else "refuse")
        for name, refusal in CONSTRAINTS.items()
        if name.startswith(f"{noun.table}_") or (noun.table == "shift" and name.startswith("person_day"))
    ]
    parts = [
        f"## {noun.name}\n",
        f"{both(noun.title)}. {first_sentences(noun.struct)}\n",
        f"Key: `{noun.key}`. Read by: {_roles(noun.readers)}. Written by: {_roles(noun.writers)}. "
        f"Filters: {codes(filters) or 'none'}"
        + (f" (`datetime` is about `{noun.happened}`).\n" if noun.happened else ".\n"),
        field_table(noun.struct),
        "Filled in by the ledger:\n",
        table(("Field", "Meaning"), [(f"`{name}`", DERIVED[name]) for name in derived]),
    ]
    if refusals:
        parts += ["Kept by the database:\n", table(("Constraint", "Field", "Message", "Then"), refusals)]
    parts += [
        f"### {kind.__name__}\n\n{first_sentences(kind)}\n\n{field_table(kind)}"
        for kind in nested(noun.struct)
        if kind not in (Polygon, MultiPolygon)
    ]
    return "\n".join(parts)


def _roles(roles: frozenset[str]) -> str:
    return "everybody" if "public" in roles else ", ".join(role for role in ROLES if role in roles)


PAGE = Page(
    name="nouns",
    title="Nouns",
    about="every record, its fields with their limits, who reads and writes it, what the database keeps",
    write=write,
)
