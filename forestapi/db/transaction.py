"""The only opener of transactions: one for a request, committed before the answer leaves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from forestapi.access import Actor, Scope
from forestapi.db.sql import Sql
from forestapi.errors import Unavailable
from forestapi.vault import Vault
from geo.text import Text

Row = Mapping[str, Any]
"""One row of an answer, by the names of its columns."""


class Transaction:
    """One open transaction. Statements are text with `$n` places, or an `Sql` with its values."""

    def __init__(self, connection: asyncpg.Connection, actor: Actor | str) -> None:
        """Speak through `connection`, in the name of `actor` (whose token it is, or what the operator runs)."""
        self.connection = connection
        self.who = actor if isinstance(actor, Actor) else None
        self.actor = actor if isinstance(actor, str) else actor.label
        self.settles_late = False
        """Whether what is deferred stays so up to the commit: of many writes, none of whose answers shows it. Until then no other
        writer waits for the totals that they share."""

    @property
    def scope(self) -> Scope:
        """What the actor's token reaches; everything, for the operator's own commands."""
        return self.who.scope if self.who else Scope()

    @property
    def vault(self) -> Vault:
        """The keys of identities of the instance that this connection belongs to."""
        return self.connection.vault

    async def rows(self, statement: Sql | str, *values: Any) -> list[Row]:
        """Return all rows."""
        text, arguments = _ready(statement, values)
        return await self.connection.fetch(text, *arguments)

    async def row(self, statement: Sql | str, *values: Any) -> Row | None:
        """Return the first row, or None."""
        text, arguments = _ready(statement, values)
        return await self.connection.fetchrow(text, *arguments)

    async def value(self, statement: Sql | str, *values: Any) -> Any:
        """Return the first value of the first row, or None."""
        text, arguments = _ready(statement, values)
        return await self.connection.fetchval(text, *arguments)

    async def batches(self, statement: Sql | str, *values: Any, size: int) -> AsyncIterator[list[Row]]:
        """Give all rows, `size` at a time, from a cursor of the server: no more than that is held here."""
        text, arguments = _ready(statement, values)
        cursor = await self.connection.cursor(text, *arguments)
        while rows := await cursor.fetch(size):
            yield rows

    async def run(self, statement: Sql | str, *values: Any) -> str:
        """Run a statement; return its command tag, such as `DELETE 1`."""
        text, arguments = _ready(statement, values)
        return await self.connection.execute(text, *arguments)

    async def settle(self) -> None:
        """Run what is deferred to the commit now (credit of ground), so that the answer can show it."""
        if self.settles_late:
            return
        await self.connection.execute("set constraints all immediate; set constraints all deferred")


def _ready(statement: Sql | str, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
    if isinstance(statement, Sql):
        return statement.render()
    return statement, list(values)


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool,
    actor: Actor | str = "public",
    *,
    is_read_only: bool = False,
    timeout_s: float | None = None,
    reason: str | None = None,
    is_durable: bool = False,
) -> AsyncIterator[Transaction]:
    """Open a transaction; commit at the end, roll back on any error.

    A read-only one sees one moment of the database throughout (REPEATABLE READ). `timeout_s` replaces the
    pool's limit for a statement, for jobs that may take longer; 0 is none. An `Actor` acts in the database's
    role of its name and within its scope (db/functions/90_grants.sql); a name alone is the operator, who owns
    the database. The role ends with the transaction, so a pooled connection keeps nobody's. `reason` goes into
    the history of whatever is written. A durable one is on disk, and with a synchronous standby there too, when
    the block has ended without an error.

    Raises:
        Unavailable: a durable one was committed here while nobody knows whether the standby has it.

    """
    async with pool.acquire() as connection, _warned(connection, is_durable):
        isolation = "repeatable_read" if is_read_only else "read_committed"
        async with connection.transaction(isolation=isolation, readonly=is_read_only):
            tx = Transaction(connection, actor)
            await connection.execute(
                _BEGIN,
                tx.actor,
                "*" if tx.scope.programmes is None else ",".join(tx.scope.programmes),
                tx.scope.crew or "*",
                None if timeout_s is None else str(int(timeout_s * 1000)),
                f"forest_{tx.who.role}" if tx.who else None,
                reason or "",
                tx.who.role if tx.who else "",
            )
            if is_durable:
                await connection.execute(_DURABLE)
            yield tx


@asynccontextmanager
async def _warned(connection: asyncpg.Connection, is_durable: bool) -> AsyncIterator[None]:
    """Refuse to call a commit durable of which the server warns: a cancelled wait for the standby looks like success."""
    warnings: list[str] = []

    def hear(_: Any, message: Any) -> None:
        if getattr(message, "severity_en", None) == "WARNING":
            warnings.append(str(message))

    if not is_durable:
        yield
        return
    connection.add_log_listener(hear)
    try:
        yield
    finally:
        if not connection.is_closed():
            connection.remove_log_listener(hear)
    if warnings:
        raise Unavailable(
            Text("备用服务器尚未确认；请重试。", "The standby has not confirmed it; try again."), code="retry"
        )


_DURABLE = """select set_config('synchronous_commit', case when current_setting('synchronous_commit') in
  ('off', 'local', 'remote_write') then 'on' else current_setting('synchronous_commit') end, true),
  pg_logical_emit_message(true, 'forest', '')"""
"""A transaction that writes nothing waits for nobody: a retry would be called replicated that is not. The message
is something to wait for."""
_BEGIN = """select set_config('forest.actor', $1, true), set_config('forest.scope_programmes', $2, true),
  set_config('forest.scope_crew', $3, true),
  set_config('forest.reason', $6, true), set_config('forest.role', $7, true),
  set_config('statement_timeout', coalesce($4, current_setting('statement_timeout')), true),
  set_config('role', case when pg_has_role(to_regrole($5), 'member')
    and has_schema_privilege(to_regrole($5), 'forest', 'usage') then $5 else 'none' end, true)"""
"""One statement, so that the second fence costs no round trip of its own; without the role there, it is `none`."""
