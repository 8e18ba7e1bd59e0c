"""The pool of database connections of one server process or command."""

import asyncpg

from forestapi.db.server import Connection, connection_arguments
from forestapi.settings import Settings
from forestapi.vault import Vault


async def open_pool(settings: Settings) -> asyncpg.Pool:
    """Open the pool. It belongs to the event loop that opens it; close it there."""
    vault = Vault(settings)

    async def give_keys(connection: Connection) -> None:
        connection.vault = vault

    return await asyncpg.create_pool(
        **connection_arguments(settings),
        connection_class=Connection,
        init=give_keys,
        min_size=1,
        max_size=settings.pool_size,
        server_settings={
            "application_name": "forest",
            "statement_timeout": str(int(settings.statement_timeout_s * 1000)),
            "work_mem": "32MB",
            "jit": "off",
            "idle_in_transaction_session_timeout": "60000",
        },
    )
