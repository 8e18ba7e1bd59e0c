"""Work for each hectare: person-days and wages on plots, over the ground of these plots."""

from forestapi.records import STAFF
from forestapi.stats._statistic import Column, Statistic, area_columns
from forestapi.stats._work import COUNTED, STATES
from geo.text import Text

STATISTIC = Statistic(
    name="work-per-hectare",
    title=Text("每公顷用工", "Work for each hectare"),
    unit="person-days per ha, yuan per ha",
    version=1,
    method=Text(
        "分子：在已新造小班上的工单的人日、标准工日、工资；分母：这些小班的记账面积（每块地只记一次），"
        "每个小班在组内只算一次。按树种分组时，工时、工资与面积按设计穴数分摊。",
        "Above: person-days, standard days and wages of shifts on plots that were planted new; below: the credited area of"
        " these plots, where ground counts once, each plot once in a group. By species, hours, wages and area are shared"
        " out by design holes.",
    ),
    caveats=Text(
        "没有小班的工单（育苗、巡护、培训）不在内。面积是做过该项作业的小班的面积，因此不同作业的面积不能相加。",
        "Shifts without a plot (nursery, patrol, training) are left out. The area is that of plots where such work was done,"
        " so the areas of activities do not add up.",
    ),
    source="docs/explanation/work.md",
    readers=STAFF,
    view="work",
    columns=(
        Column("person_days", Text("人日", "Person-days"), "person-day", "never"),
        Column("standard_days", Text("标准工日", "Standard days"), "8 h"),
        Column("wages_yuan", Text("工资", "Wages"), "yuan"),
        *area_columns("worked", Text("作业面积", "Ground worked on"), "never"),
        Column("person_days_per_ha", Text("每公顷人日", "Person-days per ha"), "person-day/ha", "never"),
        Column("standard_days_per_ha", Text("每公顷标准工日", "Standard days per ha"), "8 h/ha", "never"),
        Column("wages_per_ha_yuan", Text("每公顷工资", "Wages per ha"), "yuan/ha", "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "activity", "climate_class"),
    parameters=STATES,
    where=f"{COUNTED} and v.plot in (select plot from forest.planted_ground)",
    sql="""
    , ground as (
      select w.key, sum(w.weight * g.credited_m2) as worked_m2
      from (select distinct key, plot, weight from s) w join forest.planted_ground g on g.plot = w.plot group by w.key
    ), work as (
      select key, bool_or(is_synthetic) as is_synthetic, count(distinct (worker, happened_on)) as person_days,
        sum(hours * weight::numeric) / 8 as standard_days, sum(wage_yuan * weight::numeric) as wages_yuan
      from s group by key
    )
    select key, is_synthetic, person_days, standard_days, wages_yuan, worked_m2,
      person_days / nullif(worked_m2 / 1e4, 0) as person_days_per_ha,
      standard_days::float8 / nullif(worked_m2 / 1e4, 0) as standard_days_per_ha,
      wages_yuan::float8 / nullif(worked_m2 / 1e4, 0) as wages_per_ha_yuan
    from work join ground using (key)
    """,
)
