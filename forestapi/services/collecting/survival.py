"""Form: a survival check of a plot."""

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.services.collecting import _reading
from forestapi.services.collecting._answers import Answers
from forestapi.services.collecting._form import Entry, Form, Question
from forestapi.services.collecting.planting import NO_PLOT, PLOT
from geo.text import Text

STAGES = {
    "establishment": Text("造林当年", "Establishment"),
    "first_season": Text("第一个生长季后", "After the first season"),
    "third_year": Text("第三年保存", "Third year"),
    "other": Text("其他", "Other"),
}
LEVELS = {
    "self": Text("自查", "Own check"),
    "county": Text("县级", "County"),
    "province": Text("省级", "Province"),
    "national": Text("国家级", "National"),
}
VIGOUR = {"good": Text("好", "Good"), "fair": Text("中", "Fair"), "poor": Text("差", "Poor")}
DAMAGE = {
    "drought": Text("干旱", "Drought"),
    "sand_burial": Text("沙埋", "Buried by sand"),
    "pest": Text("病虫害", "Pest"),
    "grazing": Text("牲畜啃食", "Grazing"),
    "other": Text("其他", "Other"),
}
_PERCENT = ". >= 0 and . <= 100"

QUESTIONS = [
    *PLOT,
    Question(type="date", name="surveyed_on", label=Text("检查日期", "Date of the check"), required=True, default="today()",
             constraint=". <= today()", constraint_message=Text("日期不能在今天之后。", "The date cannot lie ahead.")),
    Question(type="select_one stages", name="stage", label=Text("阶段", "Stage"), required=True),
    Question(type="select_one levels", name="level", label=Text("级别", "Level"), default="self"),
    Question(type="begin_repeat", name="strips", label=Text("样带", "Strip")),
    Question(type="integer", name="sample", label=Text("设计穴数", "Holes as designed"), required=True, constraint=". >= 1"),
    Question(type="integer", name="live", label=Text("成活穴数", "Holes with a live plant"), required=True,
             constraint=". >= 0 and . <= ${sample}",
             constraint_message=Text("成活数不能多于穴数。", "There cannot be more live ones than holes.")),
    Question(type="end_repeat"),
    Question(type="calculate", name="sample_holes", calculation="sum(${sample})"),
    Question(type="calculate", name="live_holes", calculation="sum(${live})"),
    Question(type="note", name="rate", relevant="${sample_holes} > 0",
             label=Text("成活 ${live_holes} / ${sample_holes}", "Alive ${live_holes} / ${sample_holes}")),
    Question(type="decimal", name="vegetation_cover", label=Text("植被盖度（%）", "Vegetation cover (%)"), constraint=_PERCENT),
    Question(type="decimal", name="mean_height_m", label=Text("平均高（米）", "Mean height (m)"), constraint=". >= 0"),
    Question(type="decimal", name="mean_crown_m", label=Text("平均冠幅（米）", "Mean crown (m)"), constraint=". >= 0"),
    Question(type="select_one vigour", name="vigour", label=Text("长势", "Vigour")),
    Question(type="select_multiple damage", name="damage", label=Text("受害", "Damage")),
    Question(type="text", name="checker", label=Text("检查人", "Checked by")),
    Question(type="text", name="remarks", label=Text("备注", "Remarks")),
    Question(type="image", name="photo", label=Text("照片", "Photo"), parameters="max-pixels=1600"),
]  # fmt: skip


async def read(tx: Transaction, answers: Answers) -> list[Entry]:
    """Make one survey; its counts are the sums of its strips."""
    plot, _ = await _reading.plot(tx, answers)
    cover = answers.number("vegetation_cover")
    values: Document = {
        name: answers.text(name) for name in ("surveyed_on", "stage", "level", "vigour", "checker", "remarks")
    }
    values |= {
        "id": answers.key("surveys"), "plot": plot or NO_PLOT, **_counts(answers),
        "vegetation_cover": cover / 100 if isinstance(cover, float) else cover,
        "mean_height_m": answers.number("mean_height_m"), "mean_crown_m": answers.number("mean_crown_m"),
        "damage": answers.chosen("damage"),
    }  # fmt: skip
    document, findings = _reading.shape("surveys", values)
    if plot is None:
        document["plot"] = None
        findings.append(_reading.no_plot("survey", answers))
    photos = [photo] if (photo := answers.text("photo")) else []
    return [Entry(noun="surveys", document=document, findings=findings, photos=photos)]


def _counts(answers: Answers) -> Document:
    """Add up the strips, and write each of them into the method."""
    strips = [(strip.count("sample"), strip.count("live")) for strip in answers.each("strips")]
    if not all(isinstance(part, int) for strip in strips for part in strip):
        bad = next(part for strip in strips for part in strip if not isinstance(part, int))
        return {"sample_holes": bad, "live_holes": None}
    listed = "; ".join(f"{live}/{sample}" for sample, live in strips)
    return {
        "sample_holes": sum(sample for sample, _ in strips),  # type: ignore[misc]
        "live_holes": sum(live for _, live in strips),  # type: ignore[misc]
        "method": f"样带 strips: {listed}"[:2000],
    }


FORM = Form(
    name="survival",
    title=Text("成活率检查", "Survival check"),
    about=Text("按样带数成活的穴。", "Holes with a live plant, counted strip by strip."),
    questions=QUESTIONS,
    choices={"stages": STAGES, "levels": LEVELS, "vigour": VIGOUR, "damage": DAMAGE},
    media=("plots",),
    read=read,
)
