"""The pool of database connections of one server process or command."""

import asyncpg

from forestapi.db.server import Connection, connection_arguments
from forestapi.settings import Settings
from forestapi.vault import Vault


class Reader(Connection):
    """A connection that is the public's for as long as it lasts; so nothing has to be put back between two uses."""

    def get_reset_query(self) -> str:
        """Ask for nothing."""
        return ""


_PUBLIC = """select set_config('forest.actor', 'public', false), set_config('forest.scope_programmes', '*', false),
  set_config('forest.scope_crew', '*', false), set_config('forest.reason', '', false), set_config('forest.role', 'public', false),
  set_config('role', case when pg_has_role(to_regrole('forest_public'), 'member')
    and has_schema_privilege(to_regrole('forest_public'), 'forest', 'usage') then 'forest_public' else 'none' end, false)"""


async def open_public_pool(settings: Settings, size: int) -> asyncpg.Pool:
    """Open a pool of connections that only read, as the public: one statement on them is one round trip.

    A transaction of its own, with the role taken and put back, takes four more (`db.transaction`).
    """

    async def become_public(connection: Connection) -> None:
        await connection.execute(_PUBLIC)

    return await asyncpg.create_pool(
        **connection_arguments(settings),
        connection_class=Reader,
        init=become_public,
        min_size=0,
        max_size=size,
        server_settings={
            "application_name": "forest tiles",
            "default_transaction_read_only": "on",
            "statement_timeout": str(int(settings.public_statement_timeout_s * 1000)),
            "work_mem": "32MB",
            "jit": "off",
        },
    )


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
