"""What people decide about overlaps, and the order of credit that follows from it."""

from forestapi.db.migrate import run_script

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
