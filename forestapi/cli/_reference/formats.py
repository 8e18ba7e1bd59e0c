"""Page: file formats, and the columns that an import knows."""

from forestapi.cli._reference._page import Page, both, codes, table
from forestapi.records.shifts import ACTIVITIES
from forestapi.services.importing import importers
from geo.formats import PROBLEMS, formats


def write() -> str:
    """Write formats, columns, and what may be wrong with a row as written."""
    parts = [
        "# File formats and columns\n",
        "`forest import` and `POST /api/v1/imports/<noun>` read these; plots and regions need geometry, shifts "
        "are tables. `forest export` and `GET /api/v1/exports/<collection>?f=<name>` write those that say so, under the first "
        "suffix and media type, with `geometry` as told (the first if left out); what a file is (CRS, time, filters, licence) "
        "stands in it, or else beside it.\n",
        table(
            ("Name", "Title", "Suffixes", "Media types", "Written", "`geometry`", "Says what it is"),
            [
                (f"`{f.name}`", both(f.title), codes(f.suffixes), codes(f.media_types), "yes" if f.write else "no",
                 codes(f.geometry_as), ("in the file" if f.holds_about else "beside it") if f.write else "")
                for f in formats().values()
            ],
        ),
        "## Columns\n",
        "A column is taken for a field when its name is the field's or one of the others below; upper and lower "
        "case, spaces, `_`, `-`, `.`, `/` and brackets make no difference. `--map COLUMN=FIELD` says it "
        "otherwise. Further columns of plots are kept as `attributes`.\n",
    ]
    for importer in importers().values():
        parts += [
            f"### {importer.name}\n",
            table(
                ("Field", "Also known as"),
                [(f"`{field}`", codes(names)) for field, names in importer.fields.items()],
            ),
        ]
    parts += [
        "### Activities\n",
        "A shift's activity is written as its code or as one of its names.\n",
        table(("Code", "Names"), [(f"`{code}`", both(text)) for code, text in ACTIVITIES.items()]),
        "## What may be wrong with a row as written\n",
        table(("Code", "Meaning"), [(f"`{code}`", both(text)) for code, text in PROBLEMS.items()]),
    ]
    return "\n".join(parts)


PAGE = Page(
    name="formats",
    title="File formats and columns",
    about="what an import reads, and by which names it knows a column",
    write=write,
)
