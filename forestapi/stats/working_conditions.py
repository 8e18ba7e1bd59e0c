"""How the work was done: hours, insurance, training, pay for a standard day."""

from forestapi.records import STAFF
from forestapi.stats._statistic import Column, Statistic
from forestapi.stats._work import COUNTED, STATES
from geo.text import Text

STATISTIC = Statistic(
    name="working-conditions",
    title=Text("劳动条件", "Working conditions"),
    unit="person-day, h, yuan, share",
    version=1,
    method=Text(
        "每人日工时 = 工时 ÷ 人日；超 8 小时人日：当天合计超过 8 小时；培训人日：当天有培训工单；"
        "参保份额：全部工单参保的人日 ÷ 人日；标准工日工资 = 工资 ÷（工时 ÷ 8）。",
        "Hours a day = hours ÷ person-days; long days: more than 8 h on a date; training days: dates with a shift of"
        " training; insured: person-days all of whose shifts are insured ÷ person-days; pay of a standard day = wages ÷"
        " (hours ÷ 8).",
    ),
    caveats=Text(
        "是否参保不详的人日另列，计入分母。ILO 的绿色就业还要求工资、安全与权利达标，人日本身不能证明。",
        "Person-days of which nobody said whether they were insured are given apart, and are in the denominator. A green"
        " job in the sense of the ILO also takes adequate pay, safety and rights, which days alone do not prove.",
    ),
    source="docs/explanation/work.md",
    readers=STAFF,
    view="work",
    columns=(
        Column("person_days", Text("人日", "Person-days"), "person-day", "never"),
        Column("hours_per_day", Text("每人日工时", "Hours a day"), "h", "never"),
        Column("long_days", Text("超 8 小时人日", "Days of more than 8 h"), "person-day", "never"),
        Column("training_days", Text("培训人日", "Training days"), "person-day", "never"),
        Column("insured_days", Text("参保人日", "Insured days"), "person-day", "never"),
        Column("unknown_insured_days", Text("参保不详人日", "Days of unknown insurance"), "person-day", "never"),
        Column("insured_share", Text("参保份额", "Share of days insured"), "1", "never"),
        Column("wage_per_standard_day_yuan", Text("标准工日工资", "Pay of a standard day"), "yuan", "never"),
    ),
    dimensions=("programme", "region", "year", "quarter", "month", "season", "activity", "sex", "age_band", "climate_class"),
    parameters=STATES,
    where=COUNTED,
    sql="""
    , day as (
      select key, bool_or(is_synthetic) as is_synthetic, sum(hours) as hours, sum(wage_yuan) as wages_yuan,
        bool_or(activity = 'training') as is_training, bool_and(coalesce(is_insured, false)) as is_insured,
        bool_or(is_insured is null) as is_unknown
      from s group by key, worker, happened_on
    )
    select key, bool_or(is_synthetic) as is_synthetic, count(*) as person_days, sum(hours) / count(*) as hours_per_day,
      count(*) filter (where hours > 8) as long_days, count(*) filter (where is_training) as training_days,
      count(*) filter (where is_insured) as insured_days, count(*) filter (where is_unknown) as unknown_insured_days,
      count(*) filter (where is_insured)::float8 / count(*) as insured_share,
      sum(wages_yuan) / (sum(hours) / 8) as wage_per_standard_day_yuan
    from day group by key
    """,
)
