"""Form: a planting of a plot that is in the ledger."""

from typing import Any

from forestapi.db.transaction import Transaction
from forestapi.services.collecting import _reading
from forestapi.services.collecting._answers import Answers
from forestapi.services.collecting._form import Entry, Form, Question
from geo.text import Text

KINDS = {
    "new": Text("新造", "New planting"),
    "replant": Text("重造", "Replanting"),
    "infill": Text("补植", "Infill of gaps"),
}
NO_PLOT = "00000000-0000-0000-0000-000000000000"


def LINES(relevant: str = "") -> list[Question]:
    """Ask for what was planted, a species at a time."""
    return [
        Question(type="begin_repeat", name="lines", label=Text("树种", "Species"), relevant=relevant),
        Question(type="select_one_from_file species.csv", name="species", label=Text("树种", "Species"), required=True,
                 appearance="minimal autocomplete"),
        Question(type="integer", name="design_holes", label=Text("设计穴数", "Holes as designed"), required=True,
                 constraint=". >= 0"),
        Question(type="integer", name="planted_count", label=Text("实种株数", "Plants put in"), constraint=". >= 0"),
        Question(type="decimal", name="row_spacing_m", label=Text("行距（米）", "Between rows (m)"), constraint=". >= 0"),
        Question(type="decimal", name="plant_spacing_m", label=Text("株距（米）", "Between plants (m)"), constraint=". >= 0"),
        Question(type="end_repeat"),
    ]  # fmt: skip


PLOT = [
    Question(type="select_one_from_file plots.csv", name="plot", label=Text("小班", "Plot"),
             appearance="minimal autocomplete"),
    Question(type="text", name="plot_number", label=Text("小班号", "Plot number"), relevant="${plot} = ''", required=True,
             hint=Text("列表中没有时填写。", "Where the list does not have it.")),
]  # fmt: skip
"""How a form about a plot asks which one."""

QUESTIONS = [
    *PLOT,
    Question(type="select_one kinds", name="kind", label=Text("类型", "Kind"), required=True, default="new"),
    Question(type="date", name="started_on", label=Text("开始日期", "First day"), required=True, default="today()",
             constraint=". <= today()", constraint_message=Text("日期不能在今天之后。", "The date cannot lie ahead.")),
    Question(type="date", name="ended_on", label=Text("结束日期", "Last day"), constraint=". >= ${started_on}"),
    *LINES(),
    Question(type="image", name="photo", label=Text("照片", "Photo"), parameters="max-pixels=1600"),
]  # fmt: skip


async def read(tx: Transaction, answers: Answers) -> list[Entry]:
    """Make one planting."""
    plot, _ = await _reading.plot(tx, answers)
    document, findings = _reading.shape(
        "plantings",
        {"id": answers.key("plantings"), "plot": plot or NO_PLOT, "kind": answers.text("kind"),
         "started_on": answers.text("started_on"), "ended_on": answers.text("ended_on"), "lines": lines(answers)},
    )  # fmt: skip
    if plot is None:
        document["plot"] = None
        findings.append(_reading.no_plot("planting", answers))
    photos = [photo] if (photo := answers.text("photo")) else []
    return [Entry(noun="plantings", document=document, findings=findings, photos=photos)]


def lines(answers: Answers) -> list[dict[str, Any]]:
    """Read the lines of species."""
    told = [
        {
            "species": line.text("species"), "design_holes": line.count("design_holes"),
            "planted_count": line.count("planted_count"), "row_spacing_m": line.number("row_spacing_m"),
            "plant_spacing_m": line.number("plant_spacing_m"),
        }
        for line in answers.each("lines")
    ]  # fmt: skip
    return [{name: value for name, value in line.items() if value is not None} for line in told]


FORM = Form(
    name="planting",
    title=Text("造林", "Planting"),
    about=Text("已有小班的一次造林、重造或补植。", "A planting, replanting or infill of a plot that is in the ledger."),
    questions=QUESTIONS,
    choices={"kinds": KINDS},
    media=("plots", "species"),
    read=read,
)
