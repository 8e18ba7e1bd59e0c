"""The ledger: programmes, regions, plots, plantings, surveys, workers and shifts."""

from forestapi.db.migrate import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
