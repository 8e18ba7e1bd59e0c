"""Check coverage: which ground was due for a check, was checked in time, is late, is overdue."""

from forestapi.stats._checks import LEVELS
from forestapi.stats._statistic import Column, Parameter, Statistic, area_columns
from geo.text import Text

STATISTIC = Statistic(
    name="check-coverage",
    title=Text("检查覆盖", "Check coverage"),
    unit="m², ha, mu, share",
    version=1,
    method=Text(
        "到期：第一季检查为种植满一年，第三年检查为种植满三年；限期：到期后半年（第三年检查为两年）。"
        "按时 = 限期前检查过的到期面积；逾期 = 过了限期仍未检查的到期面积；均为截至 on 日的记账面积。覆盖率 = 按时 ÷ 到期。",
        "Due: one year after planting for the check of the first season, three years for that of the third; the limit is"
        " half a year later (two years for the third). On time = due area that was checked by the limit; overdue = due area"
        " past its limit that nobody has checked; credited area, as of the date `on`. Coverage = on time ÷ due.",
    ),
    caveats=Text(
        "没有种植日期的小班不知何时到期，不计。到期与限期是本系统的约定，标准只说“一年或一个完整生长季后”。",
        "Plots without a date of planting are not due at any time. Due dates and limits are this ledger's convention; the"
        " standard says only \"after one year or a full growing season\".",
    ),
    source="docs/explanation/survival.md",
    view="planted_ground",
    columns=(
        *area_columns("due", Text("到期面积", "Due"), "always"),
        *area_columns("on_time", Text("按时检查面积", "Checked in time"), "always"),
        *area_columns("late", Text("逾期后检查面积", "Checked late"), "always"),
        *area_columns("open", Text("限期内待检面积", "Due, within the limit"), "always"),
        *area_columns("overdue", Text("逾期未检面积", "Overdue"), "always"),
        Column("coverage", Text("检查覆盖率", "Coverage"), "1", "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "climate_class"),
    parameters=(
        Parameter("stage", Text("检查阶段", "Stage of the check"), "first_season", ("first_season", "third_year")),
        LEVELS,
        Parameter("on", Text("截至日期", "As of the date"), "", is_date=True),
    ),
    sql="""
    , ground as (
      select s.key, s.is_synthetic, s.weight * s.credited_m2 as m2, d.limit_on, (
          select min(c.happened_on) from forest.survival_checks c
          where c.plot = s.plot and c.stage = :stage and c.level = any(:level) and c.happened_on <= :on) as checked_on
      from s cross join lateral (select
          (s.happened_on + case :stage::text when 'first_season' then interval '1 year' else interval '3 years' end)::date as due_on,
          (s.happened_on + case :stage::text when 'first_season' then interval '18 months' else interval '5 years' end)::date as limit_on) d
      where d.due_on <= :on
    ), summed as (
      select key, bool_or(is_synthetic) as is_synthetic, sum(m2) as due_m2,
        coalesce(sum(m2) filter (where checked_on <= limit_on), 0) as on_time_m2,
        coalesce(sum(m2) filter (where checked_on > limit_on), 0) as late_m2,
        coalesce(sum(m2) filter (where checked_on is null and :on <= limit_on), 0) as open_m2,
        coalesce(sum(m2) filter (where checked_on is null and :on > limit_on), 0) as overdue_m2
      from ground group by key
    )
    select *, on_time_m2 / nullif(due_m2, 0) as coverage from summed
    """,
)
