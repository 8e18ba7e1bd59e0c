"""What stands where in a crew's sheet: a line for each worker and kind of work, a column for each day.

What a day's cell means follows from how the line is paid: days (1, 0.5, √), hours, or pieces.
"""

import hmac
import re

from msgspec import Struct

from forestapi.records.shifts import ACTIVITIES
from forestapi.vault import Vault
from geo.text import Text

WORKER, CREW, MONTH = "forest_worker", "forest_crew", "forest_month"
"""Hidden columns: whose line it is, of which crew and month."""
FIELDS: dict[str, Text] = {
    "worker_number": Text("工号", "Number"),
    "worker": Text("姓名", "Name"),
    "activity": Text("作业", "Activity"),
    "plot": Text("小班", "Plot"),
    "number": Text("班次", "Shift no."),
    "pay_basis": Text("计酬方式", "Pay basis"),
    "rate_yuan": Text("单价（元）", "Rate (yuan)"),
    "hours": Text("每日工时", "Hours a day"),
}
"""The columns of a line before its days, in order."""
HELP: dict[str, Text] = {
    "worker_number": Text("已有工人不要改。新工人写在下面的空行。", "Leave it for workers who are listed. New workers go on the empty lines below."),
    "worker": Text("已有工人不要改。新工人写在下面的空行。", "Leave it for workers who are listed. New workers go on the empty lines below."),
    "activity": Text("这一行是什么作业。同一工人做别的作业，复制整行，班次写 2。", "What this line is about. For other work of the same person copy the whole line and write 2 as the shift number."),
    "plot": Text("小班号；育苗、巡护、培训可空。", "The plot's number; may be empty for nursery, patrol, training."),
    "number": Text("同一人同一天的第几个班次；空为 1。", "Which shift of that person on that date; empty is 1."),
    "pay_basis": Text("日工：格子里写天数（1、0.5 或 √）。计时：写小时。计件：写件数。", "Day: the cells hold days (1, 0.5 or √). Hour: hours. Piece: pieces."),
    "rate_yuan": Text("每天、每小时或每件多少元。", "Yuan for a day, an hour or a piece."),
    "hours": Text("日工和计件每天实际工作多少小时；空为 8 小时，记为估计。", "Hours that were worked on a day, for day and piece work; empty is 8 h, kept as estimated."),
}  # fmt: skip
TOTALS: dict[str, Text] = {"total": Text("合计", "Total"), "wage": Text("应发（元）", "Due (yuan)")}
"""Formulas after the days; they are not read back."""
BASES: dict[str, Text] = {"day": Text("日工", "Day"), "hour": Text("计时", "Hour"), "piece": Text("计件", "Piece")}
DAY = re.compile(r"^(?:(\d{1,2})日|[Dd]ay[ _]?(\d{1,2}))$")
TICK = "√"
WORDS: dict[str, float] = {"√": 1, "✓": 1, "✔": 1, "全": 1, "半": 0.5}
"""What a cell of day work may say in the place of a number of days."""
NOTHING = frozenset({"", "0", "0.0", "-", "—", "/", "×", "休"})
"""What a cell says where nobody worked; the same as leaving it empty."""
EMPTY_LINES = 20
"""Lines for workers who are not listed yet."""


class Line(Struct, frozen=True, kw_only=True):
    """One worker's line as it is written."""

    worker: str
    number: str | None
    name: str | None


def day_heading(day: int, language: str) -> str:
    """Write the heading of a day's column."""
    return f"{day}日" if language == "zh" else f"Day {day}"


def day_of(heading: str) -> int | None:
    """Read the heading of a day's column; None where it is none."""
    match = DAY.match(heading.strip())
    return int(match[1] or match[2]) if match else None


def activities(language: str) -> list[str]:
    """List the activities in one language."""
    return [getattr(text, language) for text in ACTIVITIES.values()]


def mark(vault: Vault, worker: str, number: str | None, name: str | None) -> str:
    """Name a worker for the hidden column, with a check that tells whether the line still says who that is."""
    return f"{worker}/{_check(vault, worker, number, name)}"


def is_marked(vault: Vault, mark: str, number: str | None, name: str | None) -> bool:
    """Whether a line's number and name are those that it was written with; a name may have been left out."""
    worker, _, check = mark.partition("/")
    return any(
        hmac.compare_digest(check, _check(vault, worker, number, each)) for each in dict.fromkeys((name, None))
    )


def _check(vault: Vault, worker: str, number: str | None, name: str | None) -> str:
    return vault.lookup(f"crew-sheet\0{worker}\0{number or ''}\0{name or ''}").hex()[:16]
