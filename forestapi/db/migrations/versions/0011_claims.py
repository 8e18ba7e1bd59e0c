"""Claims: published figures, to be held against the ledger."""

from forestapi.db.migrate import run_script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
