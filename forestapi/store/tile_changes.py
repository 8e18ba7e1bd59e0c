"""Where the map has changed since a process looked last, in the order of commits and without a gap."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

Box = tuple[float, float, float, float]
"""West, south, east, north in metres of EPSG:3857."""


class Change(Struct, frozen=True):
    """What one committed statement changed."""

    layer: str | None
    """A name of `store.tiles.LAYERS`; None: every layer."""
    boxes: list[Box] | None
    """None: everywhere."""


class Look(Struct, frozen=True):
    """What one look has found."""

    moment: str
    """The snapshot of this look, to be given with the next."""
    changes: list[Change]
    is_gapless: bool
    """Whether `changes` are all since the moment that was given; if not, anything may have changed."""
    is_standby: bool


_LOOK = """
select pg_current_snapshot()::text as moment, pg_is_in_recovery() as is_standby,
  coalesce(pg_snapshot_xmin(m.since) >= (select before from forest.tile_settled), false) as is_gapless,
  coalesce((select json_agg(json_build_object('layer', layer, 'boxes', boxes)) from forest.tile_change
    where transaction >= pg_snapshot_xmin(m.since) and not pg_visible_in_snapshot(transaction, m.since)), '[]')::text as changes
from (select $1::text::pg_snapshot as since) m
"""
_SETTLE = """
with gone as (delete from forest.tile_change where transaction < pg_snapshot_xmin($1::text::pg_snapshot) returning 1)
update forest.tile_settled set before = pg_snapshot_xmin($1::text::pg_snapshot)
where exists (select from gone) and before < pg_snapshot_xmin($1::text::pg_snapshot)
"""


async def look(connection: asyncpg.Connection, since: str | None) -> Look:
    """Read what was committed after the moment of an earlier look (None: there was none).

    A change is found by the first look that could have seen it, however long its transaction took: what counts is
    whether it was visible then, not a number or a time that was given before the commit.
    """
    row = await connection.fetchrow(_LOOK, since)
    changes = msgspec.json.decode(row["changes"], type=list[Change])
    return Look(row["moment"], changes, row["is_gapless"], row["is_standby"])


async def settle(connection: asyncpg.Connection, moment: str) -> Any:
    """Take out the changes that everybody who looked at `moment` or later has seen."""
    return await connection.execute(_SETTLE, moment)
