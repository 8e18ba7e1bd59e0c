"""Filled-in forms from ODK Collect."""

from forestapi.db.migrate import run_script

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
