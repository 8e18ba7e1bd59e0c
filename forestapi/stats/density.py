"""Density and mix: how many holes and trees for each mu, and of how many species."""

from forestapi.stats._statistic import Column, Statistic, area_columns
from geo.text import Text

STATISTIC = Statistic(
    name="density",
    title=Text("密度与混交", "Density and species mix"),
    unit="per mu, Shannon index",
    version=1,
    method=Text(
        "设计密度 = 新造设计穴数 ÷ 小班面积；栽植密度 = 新造、补植的栽植株数 ÷ 小班面积（亩）。树种份额按新造设计穴数；"
        "香农指数 H = −Σ p ln p；单一树种份额不超过 80% 为混交。",
        "Design density = design holes of new plantings ÷ area of the plots; planted density = trees of new plantings and"
        " infills ÷ area, in mu. Shares of species follow the design holes of new plantings; Shannon H = −Σ p ln p; a"
        " group is mixed where no species has more than 80 %.",
    ),
    caveats=Text(
        "重叠的小班各按自己的面积计算。没有树种行的小班计入面积，不计入穴数。",
        "Plots that overlap each count with their own area. Plots without lines of species are in the area and have no"
        " holes.",
    ),
    source="docs/explanation/survival.md",
    view="planted_ground",
    columns=(
        Column("plots", Text("小班数", "Plots"), "plot"),
        *area_columns("planted", Text("小班面积", "Area of the plots"), "always"),
        Column("design_holes", Text("设计穴数", "Design holes"), "hole"),
        Column("planted_count", Text("栽植株数", "Trees planted"), "tree"),
        Column("design_per_mu", Text("每亩设计穴数", "Design holes per mu"), "hole/mu", "never"),
        Column("planted_per_mu", Text("每亩栽植株数", "Trees per mu"), "tree/mu", "never"),
        Column("species", Text("树种数", "Species"), "species", "never"),
        Column("largest_share", Text("最大树种份额", "Share of the largest species"), "1", "never"),
        Column("shannon", Text("香农指数", "Shannon index"), "1", "never"),
    ),
    dimensions=("programme", "region", "year", "quarter", "month", "season", "climate_class"),
    sql="""
    , line as (
      select s.key, l.species, sum(l.design_holes) filter (where l.kind = 'new') as holes, sum(l.planted_count) as trees
      from s join forest.planted_lines l on l.plot = s.plot where l.kind in ('new', 'infill') group by s.key, l.species
    ), mix as (
      select key, sum(holes) as holes, sum(trees) as trees, count(*) filter (where holes > 0) as species,
        max(p) as largest_share, -sum(case when p > 0 then p * ln(p) else 0 end) as shannon
      from (select *, holes::float8 / nullif(sum(holes) over (partition by key), 0) as p from line) l group by key
    ), ground as (
      select key, bool_or(is_synthetic) as is_synthetic, count(*) as plots, sum(area_m2) as planted_m2 from s group by key
    )
    select g.*, coalesce(m.holes, 0)::bigint as design_holes, coalesce(m.trees, 0)::bigint as planted_count,
      coalesce(m.holes, 0)::float8 / nullif(planted_m2 * 3 / 2000, 0) as design_per_mu,
      coalesce(m.trees, 0)::float8 / nullif(planted_m2 * 3 / 2000, 0) as planted_per_mu,
      coalesce(m.species, 0) as species, m.largest_share, m.shannon
    from ground g left join mix m using (key)
    """,
)
