"""Snapshots: moments of the ledger that published figures refer to."""

from forestapi.db.migrate import run_script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
