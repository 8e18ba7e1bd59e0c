"""Asking a statistic: its dimensions, filters and parameters become one bound statement."""

from datetime import UTC, date, datetime
from typing import Any

from forestapi.db.sql import Sql, all_of, identifiers
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import CIVIL_TIME
from forestapi.records._query import Query
from forestapi.stats import _as_of, _located, _rollups
from forestapi.stats._digest import digest
from forestapi.stats._dimensions import DIMENSIONS
from forestapi.stats._statistic import Statistic
from forestapi.store import codes, features
from geo.text import Text

LEVELS = ("province", "prefecture", "county", "township", "village")
MAX_DIMENSIONS = 4


async def answer(
    tx: Transaction,
    statistic: Statistic,
    *,
    by: tuple[str, ...] = (),
    query: Query | None = None,
    region_level: str = "county",
    parameters: dict[str, str] | None = None,
    as_of: str | None = None,
    is_from_rows: bool = False,
) -> dict[str, Any]:
    """Compute a statistic: one row for each group of the dimensions `by`, and the total from the same rows.

    Where totals are kept of what is asked, they are read, unless `is_from_rows`; the figures are the same.
    `as_of` asks for the figures as known then: a time, the `snapshot` of an earlier answer, or a snapshot's id.

    Raises:
        BadRequest: a dimension, filter, level or parameter that the statistic does not have, or a code that nothing has.

    """
    query = query or Query()
    as_of = None if as_of is None else await _as_of.resolve(tx, as_of)
    for name in by:
        _known(name, statistic.dimensions, "by")
    if len(by) > MAX_DIMENSIONS or len(set(by)) < len(by):
        raise _bad(
            "by",
            f"至多 {MAX_DIMENSIONS} 个维度，各一次。",
            f"At most {MAX_DIMENSIONS} dimensions, each once.",
        )
    for name in query.equals:
        _known(name, statistic.dimensions, name)
    _known(region_level, LEVELS, "region_level")
    chosen = parameters_of(statistic, parameters or {})
    if as_of is None:
        await codes.check(tx, query.equals)

    kept = None
    if as_of is None and not is_from_rows:
        kept = await _rollups.programmes(tx, statistic, by, query, region_level, chosen)
    if kept is not None:
        rows = await _rollups.rows(tx, statistic, kept, by, region_level, chosen) if by else []
        totals = await _rollups.rows(tx, statistic, kept, (), region_level, chosen)
    else:
        if as_of is None:
            await _located.probe(tx, statistic, query)
        async with features.budget(tx, query, seconds=None):
            groups = _statement(statistic, by, query, region_level, chosen)
            rows = await _as_of.rows(tx, groups, as_of) if by else []
            totals = await _as_of.rows(tx, _statement(statistic, (), query, region_level, chosen), as_of)
    total = totals[0] if totals else None
    names = await _names(tx, by, rows)
    now, snapshot = await _as_of.moment(tx)
    answered = {
        "name": statistic.name,
        "title": statistic.title,
        "unit": statistic.unit,
        "method": {"version": statistic.version, "text": statistic.method, "caveats": statistic.caveats},
        "parameters": {
            "by": list(by),
            **({"region_level": region_level} if "region" in by else {}),
            **{name: value if len(value) > 1 else value[0] for name, value in query.equals.items()},
            **({"datetime": _interval(query)} if query.interval else {}),
            **_located.echo(query),
            **chosen,
        },
        "as_of": as_of or now.astimezone(UTC).isoformat(timespec="microseconds"),
        "snapshot": as_of if as_of and "@" in as_of else None if as_of else snapshot,
        "is_synthetic": bool(total and total["is_synthetic"]),
        "columns": [
            {
                "name": column.name,
                "title": column.title,
                "unit": column.unit,
                "is_additive": column.additive == "always"
                or (column.additive == "unless_by_species" and "species" not in by),
            }
            for column in statistic.columns
        ],
        "rows": [_group(by, row["key"], names) | _figures(statistic, row) for row in _in_order(rows)],
        "total": _figures(statistic, total),
    }
    return answered | {"sha256": digest(answered)}


def _statement(
    statistic: Statistic, by: tuple[str, ...], query: Query, region_level: str, parameters: dict[str, Any]
) -> Sql:
    rows = selection(statistic, by, query, region_level, parameters, reads=statistic.reads)
    return Sql("with s as ({}) {}", rows, statistic.bound(statistic.sql, parameters))


def selection(
    statistic: Statistic,
    by: tuple[str, ...],
    query: Query,
    region_level: str,
    parameters: dict[str, Any],
    *,
    reads: tuple[str, ...] = (),
) -> Sql:
    """Select the rows that a statistic counts, each with its group `key` and its `weight`; of the view what it `reads`."""
    grouped = [DIMENSIONS[name] for name in by]
    joins = [
        Sql(d.join.format(level="{}"), region_level) if "{level}" in d.join else Sql(d.join)
        for d in grouped
        if d.join
    ]
    weights = [d.weight for d in grouped if d.weight]
    key = ", ".join(f"({d.sql})::text" for d in grouped)
    conditions = []
    for name, values in query.equals.items():
        dimension = DIMENSIONS[name]
        if name == "region":
            within = "select region from forest.region_ancestor where ancestor = any({})"
            conditions.append(Sql(f"v.region in ({within})", values))
        elif dimension.filter_join and name not in by:
            joins.append(Sql(dimension.filter_join.format(values="{}"), values))
            weights.append(dimension.filter_weight)
        else:
            conditions.append(Sql(f"({dimension.sql})::text = any({{}})", values))
    if query.interval:
        first, last = query.interval
        conditions += [Sql("v.happened_on >= {}", first)] if first else []
        conditions += [Sql("v.happened_on <= {}", last)] if last else []
    conditions += _located.conditions(statistic, query)
    if statistic.where:
        conditions.append(statistic.bound(statistic.where, parameters))
    return Sql(
        f"select {identifiers(reads, 'v.') or 'v.*'}, {' * '.join(weights) or '1::float8'} as weight, array[{key}]::text[] as key"
        f" from forest.{statistic.view} v {' '.join(['{}'] * len(joins))} where {{}}",
        *joins,
        all_of(conditions),
    )


def parameters_of(statistic: Statistic, given: dict[str, str]) -> dict[str, Any]:
    """Read what the parameters of a statistic are set to; those that are not given have their defaults."""
    chosen: dict[str, Any] = {}
    for parameter in statistic.parameters:
        text = given.get(parameter.name, parameter.default)
        if parameter.choices:
            values = text.split(",") if parameter.is_list else [text]
            for value in values:
                _known(value, parameter.choices, parameter.name)
            chosen[parameter.name] = values if parameter.is_list else values[0]
        elif parameter.is_date:
            try:
                chosen[parameter.name] = date.fromisoformat(text) if text else datetime.now(CIVIL_TIME).date()
            except ValueError:
                raise _bad(parameter.name, "须为日期，如 2019-01-31。", "It must be a date, such as 2019-01-31.") from None
        else:
            try:
                chosen[parameter.name] = float(text)
            except ValueError:
                chosen[parameter.name] = 0.0
            if not 0 < chosen[parameter.name] < 1e6:
                raise _bad(parameter.name, "须为正数。", "It must be a positive number.")
    for name in given:
        _known(name, [p.name for p in statistic.parameters], name)
    return chosen


def _figures(statistic: Statistic, row: Row | None) -> dict[str, Any]:
    """Give one row's figures by column; areas in their three units. Rounding comes last, and only here."""
    figures: dict[str, Any] = {}
    for column in statistic.columns:
        stem, _, unit = column.name.rpartition("_")
        if unit in ("m2", "ha", "mu") and column.unit in ("m²", "ha", "mu"):
            area_m2 = float(row[f"{stem}_m2"] or 0) if row else 0.0
            value: Any = round(area_m2, 2) if unit == "m2" else round(area_m2 / 1e4, 4)
            figures[column.name] = round(area_m2 * 3 / 2000, 2) if unit == "mu" else value
            continue
        value = row[column.name] if row else None
        if value is None and row is None and column.unit not in ("1", ""):
            value = 0
        if value is not None and not isinstance(value, str | int):
            value = round(float(value), {"1": 6, "FTE": 3}.get(column.unit, 2))
        figures[column.name] = value
    return figures


def _group(by: tuple[str, ...], key: list[str | None], names: dict[str, dict[str, Text]]) -> dict[str, Any]:
    group: dict[str, Any] = {}
    for name, value in zip(by, key, strict=True):
        group[name] = int(value) if name == "year" and value is not None else value
        if name in names:
            group[f"{name}_name"] = names[name].get(value or "")
    return group


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [(part is None, part or "") for part in row["key"]])


async def _names(tx: Transaction, by: tuple[str, ...], rows: list[Row]) -> dict[str, dict[str, Text]]:
    names: dict[str, dict[str, Text]] = {}
    for position, name in enumerate(by):
        table = DIMENSIONS[name].names
        if table:
            codes = list({row["key"][position] for row in rows} - {None})
            found = await tx.rows(
                f"select code, name_zh, name_en from forest.{table} where code = any($1)", codes
            )
            names[name] = {r["code"]: Text(r["name_zh"], r["name_en"] or r["name_zh"]) for r in found}
    return names


def _interval(query: Query) -> str:
    first, last = query.interval or (None, None)
    return f"{first or '..'}/{last or '..'}"


def _known(value: str, allowed: Any, field: str) -> None:
    if value not in allowed:
        names = ", ".join(allowed)
        raise _bad(
            field, f"不能是 {value!r}；可用：{names}。", f"It cannot be {value!r}; there are: {names}."
        )


def _bad(field: str, zh: str, en: str) -> BadRequest:
    return BadRequest(
        Text(f"参数 {field}：{zh}", f"Parameter {field}: {en}"),
        problems=[Problem(field=field, message=Text(zh, en))],
    )
