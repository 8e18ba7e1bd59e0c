"""Form: a plot, and what was planted on it."""

from typing import Any

from forestapi.db.transaction import Transaction
from forestapi.services.collecting import _reading
from forestapi.services.collecting._answers import Answers
from forestapi.services.collecting._form import Entry, Form, Question
from forestapi.services.collecting.planting import LINES, lines
from forestapi.services.collecting.shifts import YES_NO
from geo.text import Text

QUESTIONS = [
    Question(type="select_one_from_file programmes.csv", name="programme", label=Text("项目", "Programme"), required=True),
    Question(type="text", name="number", label=Text("小班号", "Plot number"), required=True),
    Question(type="geoshape", name="boundary", label=Text("边界", "Boundary"),
             hint=Text("沿边界走一圈，或在图上逐点点出。", "Walk along the boundary, or tap it on the map.")),
    Question(type="calculate", name="area_m2", calculation="area(${boundary})"),
    Question(type="calculate", name="mu", calculation="round(${area_m2} * 3 div 2000, 2)"),
    Question(type="calculate", name="hectares", calculation="round(${area_m2} div 10000, 4)"),
    Question(type="note", name="measured", label=Text("面积：${mu} 亩（${hectares} 公顷）", "Area: ${mu} mu (${hectares} ha)"),
             relevant="${boundary} != ''"),
    Question(type="select_one yes_no", name="is_planted", label=Text("已经造林", "Planted already"), required=True),
    Question(type="date", name="planted_on", label=Text("造林日期", "Date of planting"), relevant="${is_planted} = 'yes'",
             constraint=". <= today()", constraint_message=Text("日期不能在今天之后。", "The date cannot lie ahead.")),
    *LINES("${is_planted} = 'yes'"),
    Question(type="text", name="remarks", label=Text("备注", "Remarks")),
    Question(type="image", name="photo", label=Text("照片", "Photo"), parameters="max-pixels=1600"),
]  # fmt: skip


async def read(tx: Transaction, answers: Answers) -> list[Entry]:
    """Make a plot, and its planting as a companion."""
    boundary, accuracy_m = shape_of(answers.text("boundary"))
    is_planted = answers.text("is_planted") == "yes"
    values: dict[str, Any] = {
        "id": answers.key("plots"), "programme": answers.text("programme"), "number": answers.text("number"),
        "boundary": boundary, "source_crs": "EPSG:4326", "accuracy_m": accuracy_m,
        "capture_method": "gnss_points" if accuracy_m else "digitised",
        "lifecycle": "planted" if is_planted else "planned",
        "attributes": {"remarks": remarks} if (remarks := answers.text("remarks")) else {},
    }  # fmt: skip
    document, findings = _reading.shape("plots", values)
    companion = None
    if is_planted:
        planting, trouble = _reading.shape(
            "plantings",
            {"id": answers.key("plantings"), "plot": document["id"], "kind": "new",
             "started_on": answers.text("planted_on"), "lines": lines(answers)},
        )  # fmt: skip
        findings += trouble
        companion = None if trouble else ("plantings", planting)
    photos = [photo] if (photo := answers.text("photo")) else []
    return [Entry(noun="plots", document=document, findings=findings, companion=companion, photos=photos)]


def shape_of(told: str | None) -> tuple[dict[str, Any] | None, float | None]:
    """Read a geoshape, `latitude longitude altitude accuracy; …` in WGS 84: GeoJSON, and its worst accuracy in metres.

    What is no geoshape gives a polygon without corners, which the rules then speak of. Points that were tapped on
    a map have the accuracy 0, and then there is none to give.
    """
    if told is None:
        return None, None
    try:
        points = [[float(part) for part in point.split()] for point in told.split(";") if point.strip()]
        ring = [[point[1], point[0]] for point in points]
    except (ValueError, IndexError):
        return {"type": "Polygon", "coordinates": []}, None
    accuracies = [point[3] for point in points if len(point) > 3]
    is_measured = bool(points) and len(accuracies) == len(points) and all(a > 0 for a in accuracies)
    return {"type": "Polygon", "coordinates": [ring]}, max(accuracies) if is_measured else None


FORM = Form(
    name="plot",
    title=Text("小班", "Plot"),
    about=Text("走出或点出一个小班的边界，连同种了什么。", "A plot's boundary, walked or tapped, and what was planted on it."),
    questions=QUESTIONS,
    choices={"yes_no": YES_NO},
    media=("programmes", "species"),
    read=read,
)
