"""What a statistic is: plain SQL over one view, with its unit, its method and what can be grouped by."""

import re
from typing import Any, Literal

from msgspec import Struct

from forestapi.db.sql import Sql
from forestapi.records import PUBLIC
from geo.text import Text

_ARGUMENT = re.compile(r"(?<!:):([a-z_]+)")
Additive = Literal["always", "never", "unless_by_species"]


class Column(Struct, frozen=True):
    """One figure of an answer."""

    name: str
    title: Text
    unit: str
    additive: Additive = "always"
    """Whether adding the rows of a grouping gives the total: heads and shared ground do not add."""


class Parameter(Struct, frozen=True):
    """A choice that a figure depends on; it is echoed in every answer."""

    name: str
    title: Text
    default: str
    choices: tuple[str, ...] = ()
    """Values that it may have; none at all means a positive number."""
    is_list: bool = False
    """Whether several choices may be given, comma-separated."""
    is_date: bool = False
    """Whether it is a date; left out, it is today, and the answer says which day that was."""


class Dimension(Struct, frozen=True):
    """Something to group or filter by: an expression over the row `v` of the statistic's view."""

    name: str
    title: Text
    sql: str
    join: str = ""
    """A join that the expression needs; `{level}` stands for the bound region level."""
    weight: str = ""
    """What a row counts for in the group, where it is split among groups."""
    filter_join: str = ""
    """Where filtering alone must not bring a row more than once: a join in place of `join` and a condition,
    with `{values}` for the values that pass, and `filter_weight` for what is left of a row."""
    filter_weight: str = ""
    names: str = ""
    """The table that has names for the values."""
    values: tuple[tuple[str, Text], ...] = ()
    """The values there can be and what each is called, where they are few and known beforehand."""


class Statistic(Struct, frozen=True, kw_only=True):
    """A statistic. Its `sql` reads the rows `s` of its view, each with its group `key` and its `weight`,
    and gives one row for each key; the total is the same SQL over rows that all have the empty key.
    Arguments are written `:name` and bound.
    """

    name: str
    title: Text
    unit: str
    version: int
    """The version of the method; a published figure names it."""
    method: Text
    caveats: Text
    source: str
    """Where the formula comes from."""
    readers: frozenset[str] = PUBLIC
    """Roles that may ask; work is public only as it is released."""
    view: str
    columns: tuple[Column, ...]
    dimensions: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    where: str = ""
    """Which rows of the view count, by the parameters; over the row `v`. Empty: all of them."""
    reads: tuple[str, ...] = ()
    """Columns of the view that `sql` reads; left out, all of them."""
    sql: str
    earlier: tuple["Statistic", ...] = ()
    """The methods of before, whole, so that a figure which was published by one can be computed again."""

    def of_version(self, version: int) -> "Statistic | None":
        """Find the statistic as it was in a version of its method."""
        return next((each for each in (self, *self.earlier) if each.version == version), None)

    def bound(self, text: str, parameters: dict[str, Any]) -> Sql:
        """Bind the arguments that a text names as `:name`."""
        return Sql(_ARGUMENT.sub("{}", text), *(parameters[name] for name in _ARGUMENT.findall(text)))


def area_columns(name: str, title: Text, additive: Additive) -> tuple[Column, ...]:
    """Give one area in square metres, hectares and mu."""
    return tuple(
        Column(f"{name}_{unit}", Text(f"{title.zh}（{zh}）", f"{title.en}, {en}"), unit_name, additive)
        for unit, zh, en, unit_name in (
            ("m2", "平方米", "m²", "m²"),
            ("ha", "公顷", "ha", "ha"),
            ("mu", "亩", "mu", "mu"),
        )
    )
