"""Thresholds that a programme sets, decisions about held records, and what a finding was judged by."""

from forestapi.db.migrate import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the script beside this file."""
    run_script(__file__)
