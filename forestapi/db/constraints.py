"""What the database refuses, in words: each constraint by its name, with the field and the fix."""

import re

import asyncpg
from msgspec import Struct

from forestapi.errors import BadRequest, Conflict, ForestError, Invalid, NotFound, Problem, Unavailable
from geo.text import Text


class Refusal(Struct, frozen=True):
    """What breaking a constraint means: which field, what to do, and whether the record waits for a person."""

    field: str
    message: Text
    is_held: bool = False
    rule: str | None = None
    """The rule that says the same where it sees what the constraint sees; of another crew it sees nothing."""


_NO_SUCH = {
    "programme": Text(
        "没有这个项目；请先创建，或改正代码。",
        "There is no such programme; create it first, or correct the code.",
    ),
    "region": Text(
        "没有这个行政区代码；请先导入行政区，或改正代码。",
        "There is no such region; import regions first, or correct the code.",
    ),
    "plot": Text("没有这个小班；请先提交小班。", "There is no such plot; submit the plot first."),
    "species": Text(
        "没有这个树种代码；请先在 /api/v1/species 创建。",
        "There is no such species; create it at /api/v1/species first.",
    ),
    "worker": Text("没有这个工人；请先提交工人。", "There is no such worker; submit the worker first."),
    "crew": Text("没有这个班组；请先提交班组。", "There is no such crew; submit the crew first."),
    "household": Text(
        "没有这个农户；请先提交农户。", "There is no such household; submit the household first."
    ),
    "parent": Text("没有这个上级行政区。", "There is no such parent region."),
}

CONSTRAINTS: dict[str, Refusal] = {
    "programme_dates": Refusal(
        "ends_on", Text("结束日期早于开始日期。", "The programme ends before it starts.")
    ),
    "programme_money": Refusal("funds_spent_yuan", Text("金额不能为负。", "An amount of money is negative.")),
    "plot_boundary_valid": Refusal(
        "boundary", Text("边界不是有效的多边形。", "The boundary is not a valid polygon.")
    ),
    "plot_layer_key": Refusal(
        "layer_key", Text("同一图层中此编号已存在。", "The layer already has a plot with this key.")
    ),
    "region_boundary_valid": Refusal(
        "boundary", Text("边界不是有效的多边形。", "The boundary is not a valid polygon.")
    ),
    "species_scientific_name": Refusal(
        "scientific_name", Text("此学名已有代码。", "Another code already has this scientific name.")
    ),
    "planting_dates": Refusal(
        "ended_on", Text("结束日期早于开始日期。", "The planting ends before it starts.")
    ),
    "survey_holes": Refusal(
        "live_holes",
        Text("成活穴数不能超过样地设计穴数。", "There are more live holes than design holes in the sample."),
    ),
    "claim_value": Refusal("value", Text("数值须大于 0。", "A value is more than 0.")),
    "claim_period": Refusal("period_to", Text("结束日期早于开始日期。", "The period ends before it starts.")),
    "snapshot_label": Refusal("label", Text("标题须为 1 到 200 字。", "A label has 1 to 200 characters.")),
    "release_kind": Refusal("kind", Text("公布的种类不对。", "There is no such kind of release.")),
    "release_once": Refusal(
        "period", Text("该期已经公布，不再改动。", "This period is released already, and stays as it is.")
    ),
    "household_number": Refusal("number", Text("此户号已存在。", "Another household has this number.")),
    "household_dates": Refusal(
        "registered_to", Text("结束日期早于开始日期。", "The registration ends before it starts.")
    ),
    "worker_number": Refusal("number", Text("此工号已存在。", "Another worker has this number.")),
    "shift_hours": Refusal(
        "hours", Text("工时须大于 0，至多 16。", "Hours must be more than 0 and at most 16."),
        rule="shift-hours-impossible",
    ),
    "shift_money": Refusal(
        "wage_yuan", Text("工资、单价、数量不能为负。", "Wage, rate and quantity may not be negative.")
    ),
    "shift_times": Refusal(
        "ends_at",
        Text(
            "结束时间须晚于开始时间；跨夜的工单请分成两天。",
            "A shift ends after it starts; split one over midnight into two dates.",
        ),
        rule="shift-times-impossible",
    ),
    "shift_worker_date_number": Refusal(
        "number",
        Text(
            "该工人当天已有同号工单；若是另一个班次请改班次号。",
            "The worker has a shift of this number on this date; give a further shift the next number.",
        ),
        is_held=True,
        rule="shift-duplicate",
    ),
    "shift_no_overlap": Refusal(
        "starts_at",
        Text(
            "该工人同一时间已有工单，可能属于其他班组：一个人不能同时在两处。请核对时间。",
            "The worker has a shift at that time already, perhaps another crew's: nobody works twice at once. Check the times.",
        ),
        is_held=True,
        rule="shift-times-overlap",
    ),
    "shift_review": Refusal(
        "status",
        Text(
            "此角色不能这样改变工单的审核状态或已审核的工资；请由管理员审核，或作废后另建。",
            "This role may not take a shift there, nor change pay that is approved; an administrator may, or it is voided"
            " and a new one made.",
        ),
    ),
    "shift_reason": Refusal(
        "wage_yuan",
        Text(
            "改动、撤回或删除已审核的工单须说明理由（Forest-Reason 头）。",
            "What is approved is changed in pay, taken back or deleted only with a reason (header Forest-Reason).",
        ),
    ),
    "payment_month": Refusal("month", Text("月份应写成 2026-11。", "Write the month as 2026-11.")),
    "payment_net": Refusal(
        "net_yuan",
        Text(
            "实发应等于各项应发之和减各项扣款之和。",
            "Net is the sum of the items due less the sum of the deductions.",
        ),
    ),
    "payment_money": Refusal("net_yuan", Text("金额不能为负。", "An amount of money is negative.")),
    "payment_reference": Refusal(
        "reference",
        Text(
            "该工人已有同一凭证号的支付；同一笔支付只记一次。",
            "The worker has a payment with this reference already; one transfer is one payment.",
        ),
    ),
    "payment_reason": Refusal(
        "reason",
        Text(
            "删除支付记录须说明理由（Forest-Reason 头）；更正请用 PUT 或 PATCH。",
            "A payment is deleted only with a reason (header Forest-Reason); to correct one use PUT or PATCH.",
        ),
    ),
    "identity_retention": Refusal(
        "worker",
        Text(
            "工资记录依法至少保存三年（自最后一次出工或支付起），期满前不能删除身份。",
            "Wage records are kept for three years at least, from the last shift or payment on; an identity is not erased"
            " before.",
        ),
    ),
    "person_day_hours": Refusal(
        "hours",
        Text(
            "该工人当天工时合计超过 16 小时。",
            "The worker's shifts of this date add up to more than 16 hours.",
        ),
        is_held=True,
        rule="shift-day-too-long",
    ),
}


_GONE = (
    asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError, OSError,
)  # fmt: skip
"""The database cannot be reached, starts, recovers from a crash, or is being shut down: it passes."""


def refusal(error: asyncpg.PostgresError) -> Refusal | None:
    """Find what a broken constraint means; None for errors that are no fault of the record."""
    name = getattr(error, "constraint_name", None) or ""
    if name in CONSTRAINTS:
        return CONSTRAINTS[name]
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        detail = getattr(error, "detail", "") or ""
        field = re.sub(r"_fkey$", "", name).rsplit("_", 1)[-1]
        if "still referenced" in detail:
            return Refusal(
                field, Text("还有其他记录引用它，不能删除。", "Other records rest on it; remove these first.")
            )
        return Refusal(
            field,
            _NO_SUCH.get(field, Text("引用的记录不存在。", "The record that it refers to does not exist.")),
        )
    if isinstance(error, asyncpg.NotNullViolationError):
        return Refusal(str(error.column_name), Text("此字段必填。", "This field is required."))
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return Refusal(name, Text("违反数据库约束。", "This breaks a constraint of the database."))
    return None


def translate(error: Exception) -> ForestError | None:
    """Turn an error of the database into one that the client can act on; None if it is ours to mend."""
    if isinstance(error, asyncpg.PostgresError):
        found = refusal(error)
        if found is not None:
            kind = (
                Conflict
                if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError)
                else Invalid
            )
            if "still referenced" in (getattr(error, "detail", "") or ""):
                kind = Conflict
            return kind(found.message, problems=[Problem(field=found.field, message=found.message)])
        if isinstance(error, asyncpg.InsufficientPrivilegeError):
            # The second fence: as if it were not there, which is what the first one says.
            return NotFound(
                Text("没有这个记录，或此令牌无权使用。", "There is no such record, or it is not for this token.")
            )
        if isinstance(error, asyncpg.QueryCanceledError):
            return Unavailable(
                Text("查询超过时间限制；请缩小范围。", "The query took longer than it may; narrow it."),
                code="timeout",
            )
        if isinstance(error, asyncpg.DataError | asyncpg.ProgramLimitExceededError):
            return BadRequest(
                Text(
                    "数据库无法存储其中一个值（例如含有空字符）。",
                    "The database cannot store one of the values (a null character, perhaps).",
                )
            )
        if isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.SerializationError):
            return Unavailable(
                Text("写入互相等待；请重试。", "Writers waited for each other; try again."), code="retry"
            )
    if isinstance(error, _GONE):
        return Unavailable(Text("数据库暂时无法连接。", "The database cannot be reached at the moment."))
    return None
