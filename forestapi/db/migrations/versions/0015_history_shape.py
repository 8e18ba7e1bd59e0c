"""Entries of history no longer look up their shape one by one."""

from forestapi.db.migrate import run_script

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
