"""Form: a crew's day."""

from typing import Any

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.records.shifts import ACTIVITIES
from forestapi.rules import Finding
from forestapi.services.collecting import _reading
from forestapi.services.collecting._answers import Answers
from forestapi.services.collecting._form import Entry, Form, Question
from forestapi.store import collecting as store
from geo.text import Text

YES_NO = {"yes": Text("是", "Yes"), "no": Text("否", "No")}
PAY = {"day": Text("按天", "By the day"), "hour": Text("按小时", "By the hour"), "piece": Text("计件", "By the piece")}
_HOURS = ". > 0 and . <= 16"
_NOT_NEGATIVE = ". >= 0"

QUESTIONS = [
    Question(type="select_one_from_file crews.csv", name="crew", label=Text("班组", "Crew"), required=True),
    Question(type="date", name="work_date", label=Text("工作日期", "Date of the work"), required=True, default="today()",
             constraint=". <= today()", constraint_message=Text("日期不能在今天之后。", "The date cannot lie ahead.")),
    Question(type="select_one activities", name="activity", label=Text("作业", "Activity"), required=True),
    Question(type="calculate", name="programme",
             calculation="instance('crews')/root/item[name=${crew}]/programme"),
    Question(type="select_one_from_file plots.csv", name="plot", label=Text("小班", "Plot"),
             hint=Text("育苗、巡护、培训可不填。", "None for nursery, patrol and training."),
             choice_filter="programme=${programme}", appearance="minimal autocomplete"),
    Question(type="text", name="plot_number", label=Text("小班号", "Plot number"), relevant="${plot} = ''",
             hint=Text("只在列表中没有时填写。", "Only where the list does not have it.")),
    Question(type="integer", name="number", label=Text("班次", "Shift of the day"), default="1",
             constraint=". >= 1 and . <= 20", hint=Text("同一天的第二个班次写 2。", "A second shift of a date is 2.")),
    Question(type="decimal", name="hours", label=Text("每人工时", "Hours of each"), default="8", constraint=_HOURS),
    Question(type="select_one yes_no", name="is_paid", label=Text("有报酬", "Paid"), default="yes"),
    Question(type="select_one pay", name="pay_basis", label=Text("计酬方式", "Pay"), default="day",
             relevant="${is_paid} = 'yes'"),
    Question(type="decimal", name="rate_yuan", label=Text("单价（元）", "Rate (yuan)"), constraint=_NOT_NEGATIVE,
             relevant="${is_paid} = 'yes'"),
    Question(type="decimal", name="quantity", label=Text("每人件数", "Pieces of each"), constraint=_NOT_NEGATIVE,
             relevant="${pay_basis} = 'piece'"),
    Question(type="select_multiple_from_file workers.csv", name="present", label=Text("谁来了", "Who came"), required=True,
             choice_filter="crew=${crew}"),
    Question(type="select_multiple_from_file workers.csv", name="different",
             label=Text("谁的工时或件数不同", "Whose hours or pieces differ"),
             choice_filter="selected(${present}, name)"),
    Question(type="begin_repeat", name="people", label=Text("不同的人", "Those who differ"),
             repeat_count="count-selected(${different})"),
    Question(type="calculate", name="whose", calculation="selected-at(${different}, position(..) - 1)"),
    # a choice among one, so that the phone shows a name and the form holds none
    Question(type="select_one_from_file workers.csv", name="worker", label=Text("工人", "Worker"), readonly=True,
             choice_filter="name=${whose}", calculation="${whose}"),
    Question(type="decimal", name="own_hours", label=Text("工时", "Hours"), constraint=_HOURS,
             hint=Text("不填则与其他人相同。", "Left empty: as the others.")),
    Question(type="decimal", name="own_quantity", label=Text("件数", "Pieces"), constraint=_NOT_NEGATIVE,
             relevant="${pay_basis} = 'piece'"),
    Question(type="decimal", name="own_rate_yuan", label=Text("单价（元）", "Rate (yuan)"), constraint=_NOT_NEGATIVE,
             relevant="${is_paid} = 'yes'"),
    Question(type="end_repeat"),
    Question(type="image", name="photo", label=Text("纸质考勤表照片", "Photo of the paper sheet"), parameters="max-pixels=1600"),
]  # fmt: skip


async def read(tx: Transaction, answers: Answers) -> list[Entry]:
    """Make a shift of each worker who came."""
    people = answers.chosen("present")
    own = {each.text("worker"): each for each in answers.each("people")}
    crew = answers.text("crew")
    programme = await store.programme_of_crew(tx, crew) if crew else None
    visible = await store.visible_workers(tx, people)
    plot = None
    is_of_plot = bool(answers.text("plot") or answers.text("plot_number"))
    if is_of_plot:
        plot, _ = await _reading.plot(tx, answers)
    entries = []
    for position, worker in enumerate(people):
        values = _values(answers, own.get(worker)) | {
            "id": answers.key("shifts", position), "worker": worker, "crew": crew, "programme": programme,
            "plot": plot, "recorder": tx.actor,
        }  # fmt: skip
        document, findings = _reading.shape("shifts", values)
        if programme is None:
            findings = [_no_crew(crew)]
        elif worker not in visible:
            findings.append(_no_worker())
        if is_of_plot and plot is None:
            findings.append(_reading.no_plot("shift", answers))
        entries.append(Entry(noun="shifts", document=document, findings=findings))
    if entries and (photo := answers.text("photo")):
        entries[0].photos.append(photo)
    return entries


def _values(answers: Answers, own: Answers | None) -> Document:
    """Give what a worker did: the day's own answers, where they do not say otherwise of this one."""

    def told(name: str) -> Any:
        mine = own.number(f"own_{name}") if own else None
        return answers.number(name) if mine is None else mine

    is_paid = answers.text("is_paid") != "no"
    basis = answers.text("pay_basis") or "day"
    hours, rate = told("hours"), told("rate_yuan") if is_paid else None
    quantity = {"day": 1, "hour": hours, "piece": told("quantity")}.get(basis) if is_paid else None
    values: Document = {
        "work_date": answers.text("work_date"), "number": answers.count("number") or 1,
        "activity": answers.text("activity"), "is_paid": is_paid, "pay_basis": basis, "quantity": quantity,
        "rate_yuan": rate, "status": "submitted",
    }  # fmt: skip
    if hours is not None:
        values |= {"hours": hours, "hours_known": "measured"}
    if isinstance(rate, float) and isinstance(quantity, int | float):
        values["wage_yuan"] = round(rate * quantity, 2)
    return values


def _no_crew(crew: str | None) -> Finding:
    message = Text(
        f"班组 {crew or '（未填）'} 不在此令牌的范围内。", f"The crew {crew or '(none)'} is not in this token's reach."
    )
    return Finding(0, "shift-crew-unknown", "refuse", None, "crew", message, {})


def _no_worker() -> Finding:
    message = Text(
        "此工人不在本令牌可见的班组名单中；由管理人员核实后再计入。",
        "This worker is on no list of a crew that this token sees; it counts once somebody who may has looked at it.",
    )
    return Finding(0, "shift-worker-unknown", "hold", None, "worker", message, {})


FORM = Form(
    name="shifts",
    title=Text("班组考勤", "Crew's day"),
    about=Text("一天来了谁、做了什么、多少工时和工资。", "Who came on a day, what they did, for how long and for what pay."),
    questions=QUESTIONS,
    choices={"activities": ACTIVITIES, "yes_no": YES_NO, "pay": PAY},
    media=("crews", "workers", "plots"),
    read=read,
)
