"""Page: the rules."""

from collections.abc import Iterator

from forestapi.cli._reference._page import Page, both, quoted, table
from forestapi.rules import Rule, rules
from geo.text import Text

OTHERS: dict[str, tuple[str, Text]] = {
    "plot-key-repeated": (
        "hold",
        Text(
            "文件中两行是同一个小班：--key 列或标识取值相同。",
            "Two rows of a file are the same plot: by the column of `--key`, or by their id.",
        ),
    ),
    "plot-species-unknown": (
        "note",
        Text(
            "树种表中没有这个名称；原文随小班保留。",
            "No species has this name; the word is kept with the plot.",
        ),
    ),
    "plot-edit-conflict": (
        "hold",
        Text(
            "导出之后，文件和台账都改了这个小班，或台账已把它删除。",
            "Both the exported file and the ledger changed the plot since the export, or the ledger deleted it.",
        ),
    ),
    "plot-newer-in-ledger": (
        "note",
        Text("文件没改这个小班，台账已有新修订；以台账为准。", "The file left the plot as it was; the ledger has a newer revision, which stays."),
    ),
    "shift-id-repeated": (
        "hold",
        Text("文件中两行的标识相同。", "Two rows of a file have the same id."),
    ),
    "shift-other-work": (
        "hold",
        Text(
            "台账中该工人当天同一班次是另一种作业。",
            "The ledger has the worker's shift of that date and number as another activity.",
        ),
    ),
    "shift-plot-unknown": (
        "hold",
        Text(
            "本项目没有、或有多个这个编号的小班。",
            "The programme has no plot, or several, with the number that a shift names.",
        ),
    ),
    "shift-other-sheet": (
        "refuse",
        Text("登记表的一行带着另一个班组或月份的标记。", "A line of a crew's sheet carries the mark of another crew or month."),
    ),
    "shift-cell-unreadable": (
        "refuse",
        Text("登记表的一格读不出数。", "A cell of a crew's sheet holds no number."),
    ),
    "shift-worker-changed": (
        "hold",
        Text(
            "登记表一行的姓名或工号被改过：可能记到别人名下。",
            "The name or number of a line of a crew's sheet was changed: the pay might be somebody else's.",
        ),
    ),
    "shift-office-changed": (
        "note",
        Text("登记表这格没改，台账后来改过；以台账为准。", "The cell is as it was, the ledger was changed since and stays."),
    ),
    "shift-sheet-conflict": (
        "hold",
        Text(
            "登记表和台账在上次导入后都改过这张工单。",
            "Both the sheet and the ledger changed this shift since the sheet was last imported.",
        ),
    ),
    "shift-decided-otherwise": (
        "hold",
        Text(
            "这一行以前导入的工单已作废，或已改到别处。",
            "The shift that this row made earlier is void, or was moved to another worker, date or number.",
        ),
    ),
    "shift-crew-unknown": (
        "refuse",
        Text("表单所写的班组不在令牌范围内。", "A form is of a crew that its token is not for."),
    ),
    "shift-worker-unknown": (
        "hold",
        Text(
            "表单中的工人不在令牌可见的班组名单中。",
            "A form names a worker who is on no list of a crew that its token sees.",
        ),
    ),
    "*-plot-unknown": (
        "hold",
        Text(
            "表单所写的小班在台账中没有，或有多个；* 为 shift、planting 或 survey。",
            "The ledger has no plot, or several, for what a form says; `*` is shift, planting or survey.",
        ),
    ),
    "form-out-of-reach": (
        "refuse",
        Text(
            "记录属于令牌范围之外的项目，或与他人的记录同名。",
            "A form's record would be of a programme that its token is not for, or has the id of another's.",
        ),
    ),
    "region-boundary": (
        "refuse",
        Text("行政区的边界不是有效的多边形。", "A region's boundary is not a valid polygon."),
    ),
    "*-field": (
        "refuse",
        Text(
            "某个值不符合该字段的类型或范围；* 为 plot、planting、shift 或 region。",
            "A value does not fit its field's type or limits; `*` is plot, planting, shift or region. "
            "See [nouns](nouns.md).",
        ),
    ),
    "*-constraint": (
        "refuse",
        Text(
            "数据库约束不允许；* 为表名。少数约束（如工时重叠）使记录待处理而不是被拒绝。",
            "A constraint of the database forbids it; `*` is the table. Some (overlapping times, 16 hours a "
            "day) hold the record instead. See [nouns](nouns.md).",
        ),
    ),
}
"""What importing and storing find out by themselves, beside the registry; a test sees that none is left out."""

_MEANING = {
    "refuse": "not stored",
    "hold": "kept as submitted, counted nowhere until someone decides",
    "note": "stored and counted; someone should look",
}


def write() -> str:
    """Write all rules, those of the registry with their explanation."""
    found = rules()
    parts = [
        "# Rules\n",
        "Every way in obeys the same rules, and no rule changes a record. The ids are stable. Messages name the "
        "place, which stands in braces here.\n",
        table(("Severity", "Meaning"), [(f"`{name}`", text) for name, text in _MEANING.items()]),
        "## All of them\n",
        table(
            ("Rule", "Severity", "Title"),
            [(f"[`{r.name}`](#{r.name})", r.severity, both(r.title)) for r in found.values()],
        ),
        "Found out while importing or storing:\n",
        table(
            ("Rule", "Severity", "Meaning"),
            [(f"`{name}`", severity, both(text)) for name, (severity, text) in OTHERS.items()],
        ),
        *(_one(rule) for rule in found.values()),
    ]
    return "\n".join(parts)


def _one(rule: Rule) -> str:
    return "\n".join(
        [
            f"## {rule.name}\n",
            f"**{both(rule.title)}** ({rule.noun}, {rule.severity})\n",
            f"> {rule.message.en.strip()}\n>\n> {rule.message.zh.strip()}\n",
            quoted(rule.explanation),
            *_further(rule),
        ]
    )


def _further(rule: Rule) -> Iterator[str]:
    """Write what a programme may set, who may wave the rule through, and what is suggested."""
    if rule.parameters:
        rows = [
            (f"`{name}`", both(p.title), f"{p.default:g} {p.unit}".strip(), f"{p.low:g} to {p.high:g}")
            for name, p in rule.parameters.items()
        ]
        yield table(("A programme may set", "Meaning", "Default", "Bounds"), rows)
    if rule.severity == "hold":
        roles = ", ".join(f"`{role}`" for role in sorted(rule.waivable_by))
        yield f"A held record may be accepted in spite of it by: {roles or 'nobody; correct the record'}.\n"
    if rule.repair:
        yield "A repair can be suggested; it is never applied by itself.\n"


PAGE = Page(
    name="rules", title="Rules", about="what is checked, how gravely, and in which words", write=write
)
