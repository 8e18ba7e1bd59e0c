"""The only opener of transactions: one for a request, committed before the answer leaves."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from forestapi.db.sql import Sql

Row = Mapping[str, Any]
"""One row of an answer, by the names of its columns."""


class Transaction:
    """One open transaction. Statements are text with `$n` places, or an `Sql` with its values."""

    def __init__(self, connection: asyncpg.Connection, actor: str) -> None:
        """Speak through `connection`, in the name of `actor` (a token's label, or `public`)."""
        self.connection = connection
        self.actor = actor

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

    async def run(self, statement: Sql | str, *values: Any) -> str:
        """Run a statement; return its command tag, such as `DELETE 1`."""
        text, arguments = _ready(statement, values)
        return await self.connection.execute(text, *arguments)

    async def settle(self) -> None:
        """Run what is deferred to the commit now (credit of ground), so that the answer can show it."""
        await self.connection.execute("set constraints all immediate")
        await self.connection.execute("set constraints all deferred")


def _ready(statement: Sql | str, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
    if isinstance(statement, Sql):
        return statement.render()
    return statement, list(values)


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool, actor: str = "public", *, is_read_only: bool = False, timeout_s: float | None = None
) -> AsyncIterator[Transaction]:
    """Open a transaction; commit at the end, roll back on any error.

    A read-only one sees one moment of the database throughout (REPEATABLE READ). `timeout_s` replaces the
    pool's limit for a statement, for jobs that may take longer; 0 is none.
    """
    async with pool.acquire() as connection:
        isolation = "repeatable_read" if is_read_only else "read_committed"
        async with connection.transaction(isolation=isolation, readonly=is_read_only):
            await connection.execute("select set_config('forest.actor', $1, true)", actor)
            if timeout_s is not None:
                await connection.execute(f"set local statement_timeout = {int(timeout_s * 1000)}")
            yield Transaction(connection, actor)
