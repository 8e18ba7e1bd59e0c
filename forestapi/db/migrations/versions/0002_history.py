"""History: every version of every record, and the chain that seals it."""

from forestapi.db.migrate import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
