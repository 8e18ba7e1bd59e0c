"""Page: the species that a new ledger knows."""

import re

from forestapi.cli._reference._page import Page, table
from forestapi.db.migrate import function_files

_ROW = re.compile(r"^\s*\('([^']+)', '([^']+)', '([^']+)', '([^']+)', '([^']+)'\)", re.MULTILINE)


def write() -> str:
    """Write the species from the script that puts them into the ledger."""
    script = next(path for path in function_files() if path.stem.endswith("_species"))
    rows = _ROW.findall(script.read_text("utf-8"))
    return "\n".join(
        [
            "# Species\n",
            "A new ledger knows the species that Three-North programmes plant most, so that a first file can name "
            "them by code, Chinese, English or scientific name. Others are added at `/api/v1/species`.\n",
            table(
                ("Code", "Scientific name", "Chinese", "English", "Growth form"),
                [(f"`{code}`", f"*{name}*", zh, en, form) for code, name, zh, en, form in rows],
            ),
            "These are names in common use in forestry; they were not checked against a flora. Vernacular names are "
            "wider than one species: 柠条 is said of several *Caragana* (*C. korshinskii*, *C. microphylla*), 红柳 of "
            "several *Tamarix*. *Corethrodendron scoparium* is also *Hedysarum scoparium*, *Prunus sibirica* also "
            "*Armeniaca sibirica*. Densities belong to plots, never to a species.\n",
        ]
    )


PAGE = Page(
    name="species",
    title="Species",
    about="what a new ledger knows, with the names it is found by",
    write=write,
)
