"""The pool of database connections of one server process or command."""

import asyncpg

from forestapi.db.server import connection_arguments
from forestapi.settings import Settings


async def open_pool(settings: Settings) -> asyncpg.Pool:
    """Open the pool. It belongs to the event loop that opens it; close it there."""
    return await asyncpg.create_pool(
        **connection_arguments(settings),
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
