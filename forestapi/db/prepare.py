"""Make a database ready for migration: our own is made complete, a foreign server is checked."""

import asyncpg

from forestapi.db.cluster import DATABASE, Cluster, ClusterError
from forestapi.db.server import connect
from forestapi.settings import Settings

EXTENSIONS = ("postgis", "btree_gist")
MINIMUM_POSTGRESQL = 150000
MINIMUM_POSTGIS = (3, 3)


async def prepare(settings: Settings) -> dict[str, str | None]:
    """See that the database is there and fit; return its `postgresql` and `postgis` versions.

    In the instance's own cluster, which has to run, the database is made. Extensions are made in either,
    where the server has their files and we have the right to.

    Raises:
        ClusterError: the server cannot be reached, or lacks a version, an extension or a right; all that it
            lacks is named at once.

    """
    if not settings.database_url:
        await _make_database(Cluster(settings.data.absolute()))
    connection = await reach(settings)
    try:
        await inspect(connection)
        for extension in EXTENSIONS:
            await connection.execute(f"create extension if not exists {extension}")
        return await inspect(connection)
    finally:
        await connection.close()


async def inspect(connection: asyncpg.Connection) -> dict[str, str | None]:
    """Give the `postgresql` and `postgis` versions of a server that is fit (None for one not yet created).

    Raises:
        ClusterError: it lacks something; all of it is named at once.

    """
    lacks = await _lacks(connection)
    if lacks:
        wanted = "\n".join(f"  - {each}" for each in lacks)
        raise ClusterError(f"this database server cannot be used yet; ask its administrator for:\n{wanted}")
    return {
        "postgresql": await connection.fetchval("show server_version"),
        "postgis": await connection.fetchval("select extversion from pg_extension where extname = 'postgis'"),
    }


async def reach(settings: Settings) -> asyncpg.Connection:
    """Open one connection, or say in words why that fails; no password is ever part of the message.

    Raises:
        ClusterError: the address is wrong, nobody answers, or we are not let in.

    """
    which = "the server of DATABASE_URL" if settings.database_url else "the instance's database"
    try:
        return await connect(settings)
    except (OSError, TimeoutError) as error:
        hint = "is its address right?" if settings.database_url else "start it with ./forest up"
        raise ClusterError(f"{which} does not answer ({type(error).__name__}); {hint}") from error
    except asyncpg.PostgresError as error:
        raise ClusterError(f"{which} refuses: {error}") from error
    except (ValueError, asyncpg.InterfaceError) as error:
        raise ClusterError(
            f"{which} cannot be addressed; an address looks like postgresql://user:password@host:5432/database"
        ) from error


async def _make_database(cluster: Cluster) -> None:
    """Make the database in our own cluster unless it is there."""
    try:
        connection = await asyncpg.connect(**cluster.connect_args("postgres"))
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise ClusterError(f"the instance's database does not answer: {error}") from error
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
            await connection.execute(f"create database {DATABASE}")
    except asyncpg.DuplicateDatabaseError:
        return
    finally:
        await connection.close()


async def _lacks(connection: asyncpg.Connection) -> list[str]:
    """List in words what the server lacks: versions, extensions, rights."""
    lacks = []
    if int(await connection.fetchval("show server_version_num")) < MINIMUM_POSTGRESQL:
        lacks.append(f"PostgreSQL 15 or newer; this is {await connection.fetchval('show server_version')}")
    rows = await connection.fetch(
        """
        select a.name, a.installed_version, coalesce(a.installed_version, a.default_version) as version,
               current_setting('is_superuser')::boolean or (
                   coalesce(v.trusted, false) and has_database_privilege(current_database(), 'create')
               ) as may_create
        from pg_available_extensions a
        left join pg_available_extension_versions v on v.name = a.name and v.version = a.default_version
        where a.name = any($1)
        """,
        list(EXTENSIONS),
    )
    available = {row["name"]: row for row in rows}
    for name in EXTENSIONS:
        row = available.get(name)
        if row is None:
            lacks.append(f"the extension {name}: install its package on the server")
        elif row["installed_version"] is None and not row["may_create"]:
            lacks.append(f"a superuser to run, in this database: create extension {name};")
        elif name == "postgis" and _numbers(row["version"]) < MINIMUM_POSTGIS:
            lacks.append(f"PostGIS 3.3 or newer; this is {row['version']}")
    if not await connection.fetchval("select has_database_privilege(current_database(), 'create')"):
        lacks.append("the right to create schemas: grant create on database ... to ...;")
    return lacks


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
