"""Payments of wages, the cells of crew sheets, evidence of submissions, names sealed by themselves."""

from alembic import context, op
from sqlalchemy import text
from sqlalchemy.util import await_only

from forestapi.db.migrate import run_script
from forestapi.vault import Vault

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the script beside this file, and seal the names of those whose identity is there already."""
    run_script(__file__)
    connection = op.get_bind()
    rows = connection.execute(
        text("select worker, wrapped, sealed from people.sealed_identity where erased_at is null")
    ).all()
    if rows:
        vault = Vault(context.config.attributes["settings"])
        names = [(row.worker, vault.seal_name(str(row.worker), row.wrapped, row.sealed)) for row in rows]
        await_only(
            connection.connection.driver_connection.executemany(
                "update people.sealed_identity set sealed_name = $2 where worker = $1", names
            )
        )
