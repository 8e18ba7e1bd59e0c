"""The numbers of operations that are in quarantine."""

from forestapi.db.migrate import run_script

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
