"""How much ground was planted: counted once, however many plots claim it."""

from forestapi.stats._statistic import Statistic, area_columns
from geo.text import Text

STATISTIC = Statistic(
    name="planted-area",
    title=Text("造林面积", "Planted area"),
    unit="m², ha, mu",
    version=1,
    method=Text(
        "统计新造林小班（有 new 类造林记录）的水平面积，在等积投影 EPSG:6933 中计算。毛面积为各小班之和；"
        "净面积为组内并集；重叠 = 毛 − 净；记账面积把每块重叠土地只记给同一项目中最早的小班"
        "（造林日期、接收时间、编号）；验收面积为已验收或已保存小班的并集。混交小班按设计穴数分给各树种。1 亩 = 2000/3 平方米。",
        "Horizontal area of plots that were planted new (a planting of kind `new`), in equal-area EPSG:6933. Gross is"
        " the sum of the plots; net is the union within the group; overlap is gross less net; credited gives each"
        " piece of shared ground to one plot of its programme, the first by planting date, receipt, id; accepted is"
        " the union of the plots that are accepted or preserved. A mixed plot is shared out among its species by"
        " design holes. 1 mu = 2000/3 m² exactly.",
    ),
    caveats=Text(
        "净面积、重叠与验收面积不能跨组相加；记账面积可以。补植增加树木与用工，不增加面积。",
        "Net, overlap and accepted do not add up across groups; credited does. Replanting adds trees and work, never area.",
    ),
    source="docs/explanation/area.md",
    view="planted_ground",
    reads=("plot", "area_m2", "credited_m2", "is_accepted", "is_synthetic"),
    columns=(
        *area_columns("gross", Text("毛面积", "Gross"), "always"),
        *area_columns("net", Text("净面积", "Net"), "never"),
        *area_columns("overlap", Text("重叠面积", "Overlap"), "never"),
        *area_columns("credited", Text("记账面积", "Credited"), "always"),
        *area_columns("accepted", Text("验收面积", "Accepted"), "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "climate_class"),
    sql="""
    , pair as (
      -- ground that another plot of the group holds before a plot, once for all plots and once for accepted ones
      select l.key, l.plot, l.weight, o.shape, o.area_m2, l.is_accepted and h.is_accepted as is_accepted
      from s l join forest.overlap o on o.later = l.plot
        join s h on h.plot = o.earlier and h.key = l.key
    ), cut as (
      select key, (weight * forest.union_area_m2(array_agg(shape), sum(area_m2)))::numeric as all_m2,
        (weight * forest.union_area_m2(coalesce(array_agg(shape) filter (where is_accepted), array[]::geometry[]),
          sum(area_m2) filter (where is_accepted)))::numeric as accepted_m2
      from pair group by key, plot, weight
    ), taken as (
      select key, sum(all_m2) as all_m2, sum(accepted_m2) as accepted_m2 from cut group by key
    ), ground as (
      -- decimal, so that sums are the same in whatever order they are made; most plots share no ground, and are added once
      select key, bool_or(is_synthetic) as is_synthetic, sum((weight * area_m2)::numeric) as gross_m2,
        coalesce(sum((weight * (area_m2 - credited_m2))::numeric) filter (where credited_m2 <> area_m2), 0) as others_m2,
        coalesce(sum((weight * area_m2)::numeric) filter (where is_accepted), 0) as accepted_m2
      from s group by key
    )
    select key, is_synthetic, gross_m2, gross_m2 - coalesce(t.all_m2, 0) as net_m2, coalesce(t.all_m2, 0) as overlap_m2,
      gross_m2 - others_m2 as credited_m2, g.accepted_m2 - coalesce(t.accepted_m2, 0) as accepted_m2
    from ground g left join taken t using (key)
    """,
)
