"""Thresholds that programmes have set for the parameters of rules; rows are only ever added."""

from datetime import date

from msgspec import Struct

from forestapi.db.transaction import Transaction


class Setting(Struct, kw_only=True):
    """One value that a programme has set."""

    programme: str
    rule: str
    parameter: str
    value: float
    version: int
    valid_from: date
    reason: str | None
    actor: str


async def in_force(tx: Transaction, programme: str, day: date | None = None) -> list[Setting]:
    """Read the settings of a programme that hold on a date (today's, UTC+8, where none is given)."""
    rows = await tx.rows(
        """select distinct on (rule, parameter) programme, rule, parameter, value, version, valid_from, reason, actor
        from forest.threshold
        where programme = $1 and valid_from <= coalesce($2, (now() at time zone 'Asia/Shanghai')::date)
        order by rule, parameter, valid_from desc, version desc""",
        programme,
        day,
    )
    return [Setting(**row) for row in rows]


async def every(tx: Transaction, programme: str | None) -> list[Setting]:
    """Read all that was ever set, of one programme or of all, in order."""
    rows = await tx.rows(
        """select programme, rule, parameter, value, version, valid_from, reason, actor from forest.threshold
        where $1::text is null or programme = $1 order by programme, rule, parameter, version""",
        programme,
    )
    return [Setting(**row) for row in rows]


async def add(
    tx: Transaction, programme: str, rule: str, parameter: str, value: float, valid_from: date | None, reason: str | None
) -> Setting:
    """Set a value under the next version; two writers of one parameter take turns at the programme's row."""
    await tx.run("select from forest.programme where code = $1 for no key update", programme)
    row = await tx.row(
        """insert into forest.threshold (programme, rule, parameter, version, value, valid_from, reason, actor)
        select $1, $2, $3, coalesce(max(version), 0) + 1, $4,
          coalesce($5, (now() at time zone 'Asia/Shanghai')::date), $6, $7
        from forest.threshold where programme = $1 and rule = $2 and parameter = $3
        returning programme, rule, parameter, value, version, valid_from, reason, actor""",
        programme, rule, parameter, value, valid_from, reason, tx.actor,
    )  # fmt: skip
    assert row is not None
    return Setting(**row)
