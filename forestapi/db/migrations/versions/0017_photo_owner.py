"""Who handed in a photo's file: what one device or crew sends in a day is limited."""

from forestapi.db.migrate import run_script

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
