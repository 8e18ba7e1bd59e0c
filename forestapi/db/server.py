"""Which database an instance speaks to, and how it is reached."""

from typing import Any

import asyncpg

from forestapi.settings import Settings


def connection_arguments(settings: Settings) -> dict[str, Any]:
    """Give the arguments for asyncpg: the server of `DATABASE_URL`, else the instance's own cluster."""
    if settings.database_url:
        return {"dsn": settings.database_url}
    from forestapi.db.cluster import Cluster

    return Cluster(settings.data.absolute()).connect_args()


async def connect(settings: Settings) -> asyncpg.Connection:
    """Open one connection, for jobs that need no pool."""
    return await asyncpg.connect(**connection_arguments(settings))
