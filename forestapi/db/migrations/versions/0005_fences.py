"""Scopes of tokens; sealed identities in the place of plain ones, with a log of who reads them."""

from alembic import context, op
from sqlalchemy import text
from sqlalchemy.util import await_only

from forestapi.db.migrate import run_script
from forestapi.vault import Vault

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the script beside this file, seal the identities that stand there in plain, and drop these."""
    run_script(__file__)
    settings = context.config.attributes["settings"]
    connection = op.get_bind()
    plain = connection.execute(text("select worker, name, id_number, phone, account from people.identity")).all()
    keys = connection.execute(text("select key, worker from people.worker_key")).all()
    if plain or keys:
        vault = Vault(settings)
        driver = connection.connection.driver_connection
        sealed = [
            (row.worker, each.wrapped, each.sealed, each.digest)
            for row in plain
            for each in [vault.seal(str(row.worker), row._mapping)]
        ]
        await_only(
            driver.executemany(
                "insert into people.sealed_identity (worker, wrapped, sealed, digest) values ($1, $2, $3, $4)",
                sealed,
            )
        )
        await_only(
            driver.executemany(
                "insert into people.lookup (key, worker) values ($1, $2)",
                [(vault.lookup(row.key), row.worker) for row in keys],
            )
        )
        await_only(
            driver.execute("insert into people.master_key (fingerprint) values ($1)", vault.fingerprint())
        )
    connection.execute(text("drop table people.identity, people.worker_key"))
