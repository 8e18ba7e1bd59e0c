"""Page: the statistics."""

from forestapi import stats
from forestapi.access import ROLES
from forestapi.cli._reference._page import Page, both, codes, quoted, table

_ADDS = {"always": "yes", "never": "no", "unless_by_species": "yes, except by species"}


def write() -> str:
    """Write all statistics and the dimensions."""
    dimensions = table(
        ("Dimension", "Title"), [(f"`{d.name}`", both(d.title)) for d in stats.DIMENSIONS.values()]
    )
    parts = [
        "# Statistics\n",
        "`GET /api/v1/statistics/<name>?by=region,year` and `forest stats <name> --by region,year` give the same "
        "answer. Up to four dimensions group it; every dimension is also a filter; `datetime` limits the dates; "
        "`region_level` (county, else province, prefecture, township, village) says what `region` means in `by`. "
        "A column that does not add up must not be summed over rows: take the total of the answer, which is "
        "computed from the records.\n",
        "## Dimensions\n",
        dimensions,
        *(_one(statistic) for statistic in stats.statistics().values()),
    ]
    return "\n".join(parts)


def _one(statistic: stats.Statistic) -> str:
    asked = ", ".join(role for role in ROLES if role in statistic.readers)
    who = "everybody" if "public" in statistic.readers else asked
    parts = [
        f"## {statistic.name}\n",
        f"{both(statistic.title)}. Unit: {statistic.unit}. Method version {statistic.version}. "
        f"May be asked by: {who}. Background: [{statistic.source}](../../{statistic.source}).\n",
        quoted(statistic.method),
        quoted(statistic.caveats),
        table(
            ("Column", "Title", "Unit", "Adds up over rows"),
            [(f"`{c.name}`", both(c.title), c.unit, _ADDS[c.additive]) for c in statistic.columns],
        ),
        f"Dimensions: {codes(statistic.dimensions)}.\n",
    ]
    if statistic.parameters:
        parts.append(
            table(
                ("Parameter", "Title", "Default", "Values"),
                [
                    (
                        f"`{p.name}`",
                        both(p.title),
                        f"`{p.default}`",
                        (codes(p.choices) or "a positive number")
                        + ("; several, comma-separated" * p.is_list),
                    )
                    for p in statistic.parameters
                ],
            )
        )
    return "\n".join(parts)


PAGE = Page(
    name="statistics",
    title="Statistics",
    about="each figure with its method, columns, dimensions and parameters",
    write=write,
)
