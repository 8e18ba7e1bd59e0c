"""Is it alive: holes with a living seedling among the design holes of the sampled strips."""

from forestapi.stats._statistic import Column, Parameter, Statistic
from geo.text import Text

FIGURES = """plots, sample_holes as design_holes, live_holes, rate,
      greatest(0, (rate + z*z/(2*n) - z * sqrt(greatest(0, rate*(1-rate)/n + z*z/(4*n*n)))) / (1 + z*z/n)) as rate_low,
      least(1, (rate + z*z/(2*n) + z * sqrt(greatest(0, rate*(1-rate)/n + z*z/(4*n*n)))) / (1 + z*z/n)) as rate_high,
      live_m2 / nullif(area_m2, 0) as area_weighted_rate, climate,
      case when climate is null then null
        when rate >= case when climate = 'ordinary' then 0.85 else 0.70 end then 'qualified'
        when rate >= 0.41 then 'replant' else 'failed' end as class"""
"""The columns, from what is pooled of a group and RATED."""

RATED = "sample_holes::float8 as n, live_holes::float8 / sample_holes as rate, 1.959963984540054::float8 as z"
"""What the figures need besides what is pooled."""

STATISTIC = Statistic(
    name="survival",
    title=Text("成活率", "Survival"),
    unit="share of design holes",
    version=1,
    method=Text(
        "成活率 = 样地成活穴数之和 ÷ 样地设计穴数之和（各小班取该阶段最近一次调查），附 95% Wilson 区间；"
        "旁列按小班面积加权的成活率，不附区间。分级按气候类型取半开区间：一般地区 ≥0.85 合格、[0.41, 0.85) 补植；"
        "干旱、半干旱、高寒地区 ≥0.70 合格、[0.41, 0.70) 补植；低于 0.41 失败。",
        "Live holes ÷ design holes, both summed over the sampled strips (of each plot, the latest check of the stage),"
        " with the 95 % Wilson interval; beside it the rate weighted by plot area, without one. Classes are half-open"
        " by climate: ordinary ≥ 0.85 qualified, [0.41, 0.85) replant; arid, semi-arid and alpine ≥ 0.70 qualified,"
        " [0.41, 0.70) replant; below 0.41 failed.",
    ),
    caveats=Text(
        "分母是设计穴数，不是实栽数。establishment 阶段（栽后不久）的结果不是正式成活率。区间未考虑样带内相关。"
        "组内气候类型不一时不分级。小班与穴数不能跨时间或树种相加：同一小班可多次调查，也可有多个树种。",
        "The denominator is design holes, not what was planted. A check of the stage `establishment` is not an official"
        " survival rate. The interval takes holes as independent. A group of several climates has no class. Plots and"
        " holes do not add up across times or species: a plot may be checked again, or hold several species.",
    ),
    source="docs/explanation/survival.md",
    view="survival_checks",
    columns=(
        Column("plots", Text("调查小班数", "Plots checked"), "plot", "never"),
        Column("design_holes", Text("样地设计穴数", "Design holes sampled"), "hole", "never"),
        Column("live_holes", Text("成活穴数", "Live holes"), "hole", "never"),
        Column("rate", Text("成活率", "Survival"), "1", "never"),
        Column("rate_low", Text("区间下限", "Interval, low"), "1", "never"),
        Column("rate_high", Text("区间上限", "Interval, high"), "1", "never"),
        Column("area_weighted_rate", Text("面积加权成活率", "Survival weighted by area"), "1", "never"),
        Column("climate", Text("气候类型", "Climate class"), "", "never"),
        Column("class", Text("等级", "Class"), "", "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "climate_class"),
    parameters=(
        Parameter(
            "stage",
            Text("调查阶段", "Stage of the check"),
            "first_season",
            ("establishment", "first_season", "third_year", "other"),
        ),
    ),
    where="v.stage = :stage",
    sql="""
    , latest as (
      select distinct on (key, plot) * from s
      order by key, plot, happened_on desc, survey desc
    ), pooled as (
      select key, bool_or(is_synthetic) as is_synthetic, count(*) as plots,
        sum(sample_holes)::bigint as sample_holes, sum(live_holes)::bigint as live_holes,
        sum(area_m2::numeric) as area_m2, sum((area_m2 * live_holes / sample_holes)::numeric) as live_m2,
        case when count(distinct coalesce(climate_class, '')) = 1 then min(climate_class) end as climate
      from latest group by key
    ), rated as (
      select *, """
    + RATED
    + """ from pooled
    )
    select key, is_synthetic, """
    + FIGURES
    + """ from rated
    """,
)
