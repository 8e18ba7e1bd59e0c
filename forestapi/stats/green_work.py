"""How much work was done, and for how many people: all from the same shifts."""

from forestapi.records import STAFF
from forestapi.stats._statistic import Column, Parameter, Statistic
from forestapi.stats._work import COUNTED, STATES
from geo.text import Text

STATISTIC = Statistic(
    name="green-work",
    title=Text("绿色用工", "Green work"),
    unit="person-times, person-days, h, FTE, yuan",
    version=1,
    method=Text(
        "人次 = 符合条件的工单数（默认：已审核的有酬工单，一张工单即一次）；人日 = 不同的（工人，日期）数；"
        "标准工日 = 工时 ÷ 8；用工人数 = 不同工人数；全时当量 = 工时 ÷ fte_hours；工资为应发金额。",
        "Person-times = shifts counted (by default approved paid shifts; one shift is one time); person-days = distinct"
        " (worker, date); standard days = hours ÷ 8; distinct workers = people, each once; FTE = hours ÷ fte_hours;"
        " wages are gross amounts due.",
    ),
    caveats=Text(
        "人数与人日不能跨组相加：同一人可在多个组出现。混交小班的工时按设计穴数分给各树种，人头不分。年龄按 工作年 − 出生年。",
        "Workers and person-days do not add up across groups: one person may be in several. On mixed plots hours and"
        " wages are shared out among species by design holes, heads are not. Age is year of work less year of birth.",
    ),
    source="docs/explanation/work.md",
    readers=STAFF,
    view="work",
    columns=(
        Column("person_times", Text("人次", "Person-times"), "shift", "unless_by_species"),
        Column("person_days", Text("人日", "Person-days"), "person-day", "never"),
        Column("standard_days", Text("标准工日", "Standard days"), "8 h"),
        Column("hours", Text("工时", "Hours"), "h"),
        Column("distinct_workers", Text("用工人数", "Distinct workers"), "person", "never"),
        Column("fte", Text("全时当量", "Full-time equivalents"), "FTE"),
        Column("wages_yuan", Text("工资", "Wages"), "yuan"),
    ),
    dimensions=(
        "programme",
        "region",
        "species",
        "year",
        "quarter",
        "month",
        "season",
        "activity",
        "sex",
        "age_band",
        "climate_class",
    ),  # fmt: skip
    parameters=(
        *STATES,
        Parameter("fte_hours", Text("全时年工时", "Hours of a full-time year"), "2000"),
    ),
    where=COUNTED,
    sql="""
    , day as (
      select key, worker, bool_or(is_synthetic) as is_synthetic, count(*) as shifts,
        sum(hours * weight::numeric) as hours, sum(wage_yuan * weight::numeric) as wages_yuan
      from s group by key, worker, happened_on
    ), person as (
      select key, bool_or(is_synthetic) as is_synthetic, sum(shifts) as shifts, count(*) as days,
        sum(hours) as hours, sum(wages_yuan) as wages_yuan
      from day group by key, worker
    )
    select key, bool_or(is_synthetic) as is_synthetic, sum(shifts)::bigint as person_times,
      sum(days)::bigint as person_days, sum(hours) / 8 as standard_days, sum(hours) as hours,
      count(*) as distinct_workers, sum(hours) / (:fte_hours)::numeric as fte, sum(wages_yuan) as wages_yuan
    from person group by key
    """,
)
