"""Preservation: how much of the accepted ground still meets the standard in its third year."""

from forestapi.stats._checks import LEVELS, last_check
from forestapi.stats._statistic import Column, Statistic, area_columns
from geo.text import Text

STATISTIC = Statistic(
    name="preservation",
    title=Text("造林保存", "Preservation"),
    unit="m², ha, mu, share",
    version=1,
    method=Text(
        "保存面积 = 已验收小班中，第三年检查达标的记账面积：株数保存率 ≥ 80%（干旱、半干旱、高寒 ≥ 65%），或郁闭度 ≥ 0.20，"
        "或植被盖度 ≥ 40%。面积保存率 = 保存 ÷ 检查过的验收面积；株数保存率 = 样地活株合计 ÷ 设计穴数合计。",
        "Preserved = credited area of accepted plots whose third-year check meets the standard: stems from 80 % of the design"
        " (arid, semi-arid, alpine: 65 %), or canopy closure from 0.20, or vegetation cover from 40 %. Area preservation ="
        " preserved ÷ accepted area that was checked; stem preservation = live holes ÷ design holes of all samples.",
    ),
    caveats=Text(
        "干旱区的株数界限各处不一，这里取高寒值。尚未检查的验收面积另列，不当作保存。",
        "The bound of stems for arid ground differs by source; that of alpine ground is taken. Accepted ground that nobody"
        " has checked is given apart, and is not taken for preserved.",
    ),
    source="docs/explanation/survival.md",
    view="planted_ground",
    columns=(
        *area_columns("accepted", Text("验收面积", "Accepted"), "always"),
        *area_columns("checked", Text("已检查面积", "Checked"), "always"),
        *area_columns("preserved", Text("保存面积", "Preserved"), "always"),
        Column("area_preservation_rate", Text("面积保存率", "Area preservation"), "1", "never"),
        Column("design_holes", Text("样地设计穴数", "Design holes sampled"), "hole", "never"),
        Column("live_holes", Text("样地保存穴数", "Live holes"), "hole", "never"),
        Column("stem_preservation_rate", Text("株数保存率", "Stem preservation"), "1", "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "climate_class"),
    parameters=(LEVELS,),
    where="v.is_accepted",
    sql=f"""
    , ground as (
      select s.key, s.is_synthetic, s.weight * s.credited_m2 as m2, c.sample_holes, c.live_holes, c.rate is not null as is_checked,
        coalesce(c.rate >= case when s.climate_class = 'ordinary' then 0.80 else 0.65 end or c.canopy_closure >= 0.2
          or c.vegetation_cover >= 0.4, false) as is_preserved
      from s {last_check("'third_year'")}
    ), summed as (
      select key, bool_or(is_synthetic) as is_synthetic, sum(m2) as accepted_m2,
        coalesce(sum(m2) filter (where is_checked), 0) as checked_m2,
        coalesce(sum(m2) filter (where is_preserved), 0) as preserved_m2,
        sum(sample_holes)::bigint as design_holes, sum(live_holes)::bigint as live_holes
      from ground group by key
    )
    select *, preserved_m2 / nullif(checked_m2, 0) as area_preservation_rate,
      live_holes::float8 / nullif(design_holes, 0) as stem_preservation_rate
    from summed
    """,
)
