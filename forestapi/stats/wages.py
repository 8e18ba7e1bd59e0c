"""Wages due by shifts, what was paid of them, and what is owed."""

from forestapi.records import STAFF
from forestapi.stats._statistic import Column, Statistic
from forestapi.stats._work import STATUS
from geo.text import Text

STATISTIC = Statistic(
    name="wages",
    title=Text("工资与欠付", "Wages and arrears"),
    unit="yuan, person",
    version=1,
    method=Text(
        "应发 = 符合条件的有酬工单（默认：已审核）的工资之和；已结 = 支付记录中工资和加班两项之和（含依法扣款）；"
        "欠付按（工人，项目，工作月份）逐一计算：应发 − 已结，只累计正数；多付另列，不抵别人或别月的欠付。",
        "Due = wages of the paid shifts counted (by default approved); settled = the items wage and overtime of payments"
        " (deductions included); arrears are taken for each (worker, programme, month of the work): due − settled, where"
        " positive; what was paid beyond is shown apart and makes up for no other worker's or month's arrears.",
    ),
    caveats=Text(
        "支付按所属工作月份计，不按付款日。没有录入支付记录的项目，全部应发都显示为欠付。人数不能跨组相加。",
        "Payments count in the month of the work, not of the payment. Where payments are not recorded, all that is due shows"
        " as arrears. Workers do not add up across groups.",
    ),
    source="docs/explanation/wages.md",
    readers=STAFF,
    view="wages",
    columns=(
        Column("workers", Text("工人数", "Workers"), "person", "never"),
        Column("standard_days", Text("标准工日", "Standard days"), "8 h"),
        Column("due_yuan", Text("应发", "Due"), "yuan"),
        Column("settled_yuan", Text("已结", "Settled"), "yuan"),
        Column("deducted_yuan", Text("扣款", "Deducted"), "yuan"),
        Column("net_yuan", Text("实发", "Net paid"), "yuan"),
        Column("arrears_yuan", Text("欠付", "Arrears"), "yuan"),
        Column("overpaid_yuan", Text("多付", "Paid beyond what is due"), "yuan"),
        Column("unpaid_workers", Text("被欠付的工人数", "Workers with arrears"), "person", "never"),
        Column("wage_per_standard_day_yuan", Text("每标准工日应发", "Due per standard day"), "yuan", "never"),
    ),
    dimensions=("programme", "year", "quarter", "month", "season", "sex"),
    parameters=(STATUS,),
    sql="""
    , owed as (
      select key, worker, bool_or(is_synthetic) as is_synthetic, sum(hours) as hours, sum(due_yuan) as due_yuan,
        sum(settled_yuan) as settled_yuan, sum(deducted_yuan) as deducted_yuan, sum(net_yuan) as net_yuan
      from s where status is null or status = any(:status)
      group by key, worker, programme, date_trunc('month', happened_on)
    )
    select key, bool_or(is_synthetic) as is_synthetic, count(distinct worker) as workers,
      sum(hours) / 8 as standard_days, sum(due_yuan) as due_yuan, sum(settled_yuan) as settled_yuan,
      sum(deducted_yuan) as deducted_yuan, sum(net_yuan) as net_yuan,
      sum(greatest(due_yuan - settled_yuan, 0)) as arrears_yuan, sum(greatest(settled_yuan - due_yuan, 0)) as overpaid_yuan,
      count(distinct worker) filter (where due_yuan > settled_yuan) as unpaid_workers,
      sum(due_yuan) / nullif(sum(hours) / 8, 0) as wage_per_standard_day_yuan
    from owed group by key
    """,
)
