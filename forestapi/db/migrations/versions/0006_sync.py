"""Phones, what they hand in, and photos."""

from forestapi.db.migrate import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
