"""Where the map has changed, for the processes that keep tiles."""

from forestapi.db.migrate import run_script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
