"""Which database an instance speaks to, and how it is reached."""

from typing import Any

import asyncpg

from forestapi.settings import Settings
from forestapi.vault import Vault


class Connection(asyncpg.Connection):
    """A connection that knows the keys of its instance's identities (`vault`)."""

    vault: Vault


def connection_arguments(settings: Settings) -> dict[str, Any]:
    """Give the arguments for asyncpg: the server of `DATABASE_URL`, else the instance's own cluster."""
    if settings.database_url:
        return {"dsn": settings.database_url}
    from forestapi.db.cluster import Cluster

    return Cluster(settings.data.absolute()).connect_args()


async def connect(settings: Settings) -> asyncpg.Connection:
    """Open one connection, for jobs that need no pool."""
    connection = await asyncpg.connect(**connection_arguments(settings), connection_class=Connection)
    connection.vault = Vault(settings)
    return connection
