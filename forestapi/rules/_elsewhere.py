"""What importing and storing find out by themselves, beside the registry of rules."""

from fnmatch import fnmatchcase

from geo.text import Text

OTHERS: dict[str, tuple[str, Text, Text]] = {
    "plot-key-repeated": (
        "hold",
        Text("小班标识重复", "Plot named twice"),
        Text(
            "文件中两行是同一个小班：--key 列或标识取值相同。",
            "Two rows of a file are the same plot: by the column of `--key`, or by their id.",
        ),
    ),
    "plot-species-unknown": (
        "note",
        Text("未知树种", "Species unknown"),
        Text(
            "树种表中没有这个名称；原文随小班保留。",
            "No species has this name; the word is kept with the plot.",
        ),
    ),
    "plot-edit-conflict": (
        "hold",
        Text("两边都改过", "Changed on both sides"),
        Text(
            "导出之后，文件和台账都改了这个小班，或台账已把它删除。",
            "Both the exported file and the ledger changed the plot since the export, or the ledger deleted it.",
        ),
    ),
    "plot-newer-in-ledger": (
        "note",
        Text("台账更新", "Ledger is newer"),
        Text("文件没改这个小班，台账已有新修订；以台账为准。", "The file left the plot as it was; the ledger has a newer revision, which stays."),
    ),
    "shift-id-repeated": (
        "hold",
        Text("工单标识重复", "Shift named twice"),
        Text("文件中两行的标识相同。", "Two rows of a file have the same id."),
    ),
    "shift-name-too-long": (
        "refuse",
        Text("名称过长", "Name too long"),
        Text("姓名、编号等超过 200 字：多半是列错位。", "A name or number of over 200 characters: the columns are shifted, most likely."),
    ),
    "shift-other-work": (
        "hold",
        Text("同班次另有作业", "Other work under this shift"),
        Text(
            "台账中该工人当天同一班次是另一种作业。",
            "The ledger has the worker's shift of that date and number as another activity.",
        ),
    ),
    "shift-plot-unknown": (
        "hold",
        Text("未知小班", "Plot unknown"),
        Text(
            "本项目没有、或有多个这个编号的小班。",
            "The programme has no plot, or several, with the number that a shift names.",
        ),
    ),
    "shift-other-sheet": (
        "refuse",
        Text("来自另一张登记表", "Line of another sheet"),
        Text("登记表的一行带着另一个班组或月份的标记。", "A line of a crew's sheet carries the mark of another crew or month."),
    ),
    "shift-cell-unreadable": (
        "refuse",
        Text("格子读不出", "Cell unreadable"),
        Text("登记表的一格读不出数。", "A cell of a crew's sheet holds no number."),
    ),
    "shift-worker-changed": (
        "hold",
        Text("工人被改过", "Worker changed"),
        Text(
            "登记表一行的姓名或工号被改过：可能记到别人名下。",
            "The name or number of a line of a crew's sheet was changed: the pay might be somebody else's.",
        ),
    ),
    "shift-office-changed": (
        "note",
        Text("办公室改过", "Changed in the office"),
        Text("登记表这格没改，台账后来改过；以台账为准。", "The cell is as it was, the ledger was changed since and stays."),
    ),
    "shift-sheet-conflict": (
        "hold",
        Text("登记表与台账都改过", "Sheet and ledger both changed"),
        Text(
            "登记表和台账在上次导入后都改过这张工单。",
            "Both the sheet and the ledger changed this shift since the sheet was last imported.",
        ),
    ),
    "shift-decided-otherwise": (
        "hold",
        Text("此前已另有决定", "Decided otherwise"),
        Text(
            "这一行以前导入的工单已作废，或已改到别处。",
            "The shift that this row made earlier is void, or was moved to another worker, date or number.",
        ),
    ),
    "shift-crew-unknown": (
        "refuse",
        Text("未知班组", "Crew unknown"),
        Text("表单所写的班组不在令牌范围内。", "A form is of a crew that its token is not for."),
    ),
    "shift-worker-unknown": (
        "hold",
        Text("未知工人", "Worker unknown"),
        Text(
            "表单中的工人不在令牌可见的班组名单中。",
            "A form names a worker who is on no list of a crew that its token sees.",
        ),
    ),
    "*-plot-unknown": (
        "hold",
        Text("未知小班", "Plot unknown"),
        Text(
            "表单所写的小班在台账中没有，或有多个；* 为 shift、planting 或 survey。",
            "The ledger has no plot, or several, for what a form says; `*` is shift, planting or survey.",
        ),
    ),
    "payment-*-unknown": (
        "refuse",
        Text("工人或班组未知", "Worker or crew unknown"),
        Text(
            "支付表所写的工人或班组不在台账中；* 为 worker 或 crew。",
            "The ledger has no such worker or crew as a sheet of payments names; `*` is worker or crew.",
        ),
    ),
    "payment-repeated": (
        "refuse",
        Text("同一笔支付写了两次", "Payment given twice"),
        Text(
            "表中两行是同一笔支付：凭证号相同；没有凭证号时，工人、月份、日期和方式都相同。",
            "Two rows are one payment: by their reference; without one, by worker, month, date and method.",
        ),
    ),
    "payment-differs": (
        "refuse",
        Text("台账中的支付不同", "Ledger has it otherwise"),
        Text(
            "台账已有这笔支付，内容不同；导入不覆盖。",
            "The ledger has this payment with other content; an import overwrites none.",
        ),
    ),
    "payment-amount": (
        "refuse",
        Text("金额读不出", "No amount"),
        Text("支付表的一格读不出金额。", "A cell of a sheet of payments holds no amount."),
    ),
    "form-out-of-reach": (
        "refuse",
        Text("超出令牌范围", "Out of the token's reach"),
        Text(
            "记录属于令牌范围之外的项目，或与他人的记录同名。",
            "A form's record would be of a programme that its token is not for, or has the id of another's.",
        ),
    ),
    "region-boundary": (
        "refuse",
        Text("行政区边界无效", "Region's boundary invalid"),
        Text("行政区的边界不是有效的多边形。", "A region's boundary is not a valid polygon."),
    ),
    "*-field": (
        "refuse",
        Text("值不合要求", "Value does not fit"),
        Text(
            "某个值不符合该字段的类型或范围；* 为 plot、planting、shift 或 region。",
            "A value does not fit its field's type or limits; `*` is plot, planting, shift or region. "
            "See [nouns](nouns.md).",
        ),
    ),
    "*-constraint": (
        "refuse",
        Text("数据库约束", "Constraint of the database"),
        Text(
            "数据库约束不允许；* 为表名。少数约束（如工时重叠）使记录待处理而不是被拒绝。",
            "A constraint of the database forbids it; `*` is the table. Some (overlapping times, 16 hours a "
            "day) hold the record instead. See [nouns](nouns.md).",
        ),
    ),
}
"""Severity, title, and what it is about; `*` in a name is any noun. A test sees that none is left out."""


def title_elsewhere(name: str) -> Text | None:
    """Give the title of what is not found by a rule of the registry; None where it is not known."""
    return next((title for known, (_, title, _) in OTHERS.items() if fnmatchcase(name, known)), None)
