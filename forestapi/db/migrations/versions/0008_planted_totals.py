"""Reserved."""

from forestapi.db.migrate import run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
