"""Planted ground in a table of its own, so that planting a plot does not write the plot again."""

from forestapi.db.migrate import run_script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
