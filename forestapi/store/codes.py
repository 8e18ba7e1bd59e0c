"""Codes that people write: one that nobody has is told with those like it, instead of being answered by zeros."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import BadRequest, NotFound, Problem
from forestapi.store import scopes
from geo.text import Text

TABLES = {"programme": "programme", "species": "species", "region": "region", "crew": "crews"}
"""Filter -> where its codes are."""
MOST_LISTED = 8


async def check(tx: Transaction, equals: Mapping[str, Sequence[str]]) -> None:
    """See that the codes of a filter are there, within the token's reach.

    Raises:
        BadRequest: one is not; the answer names the field, the code and those that are like it.

    """
    for field in TABLES.keys() & equals.keys():
        wanted = list(equals[field])
        reach = scopes.within("crews", tx.scope) if field == "crew" else Sql("true")
        known = {row["code"] for row in await tx.rows(
            Sql(f"select code from forest.{TABLES[field]} where code = any({{}}) and {{}}", wanted, reach))}  # fmt: skip
        for code in wanted:
            if code not in known:
                raise unknown(field, code, await _all(tx, field, reach))


async def _all(tx: Transaction, field: str, reach: Sql) -> list[Row]:
    return await tx.rows(
        Sql(f"select code, name_zh, name_en from forest.{TABLES[field]} where {{}} order by code limit 20000", reach)
    )


def unknown(field: str, told: str, rows: Collection[Row]) -> BadRequest:
    """Say that there is no such code, and which ones its writer may have meant (by code or name), else which there are."""
    named: dict[str, str] = {}
    for row in rows:
        for name in (row["name_en"], row["name_zh"], row["code"]):
            if name:
                named[str(name).lower()] = row["code"]
    close = dict.fromkeys(named[name] for name in get_close_matches(told.lower(), named, n=MOST_LISTED, cutoff=0.6))
    listed = list(close) or ([row["code"] for row in rows] if len(rows) <= MOST_LISTED else [])
    names = {row["code"]: row["name_zh"] or row["name_en"] for row in rows}
    shown = ", ".join(f"{code} ({names[code]})" if names[code] else code for code in listed)
    message = Text(
        f"没有 {told!r}" + (f"；相近的有：{shown}。" if close else f"；有：{shown}。" if shown else "。"),
        f"There is no {told!r}" + (f"; close to it: {shown}." if close else f"; there are: {shown}." if shown else "."),
    )
    return BadRequest(
        Text(f"参数 {field}：{message.zh}", f"Parameter {field}: {message.en}"),
        code="unknown-code",
        problems=[Problem(field=field, message=message)],
    )


async def crew(tx: Transaction, told: str) -> str:
    """Find the code of the crew that somebody means, by its code, or by a name that only one crew within reach has.

    Raises:
        NotFound: there is none, or several have the name; the answer lists codes with names.

    """
    rows = await _all(tx, "crew", scopes.within("crews", tx.scope))
    if any(row["code"] == told for row in rows):
        return told
    named = [row for row in rows if told.strip().lower() in {str(row[n]).lower() for n in ("name_zh", "name_en") if row[n]}]
    if len(named) == 1:
        return named[0]["code"]
    if named:
        listed = ", ".join(row["code"] for row in named)
        raise NotFound(Text(f"有几个班组叫 {told}：{listed}。", f"Several crews are called {told}: {listed}."))
    said = unknown("crew", told, rows).problems[0].message
    raise NotFound(Text(f"没有班组 {told}。{said.zh}", f"There is no crew {told}. {said.en}"))
