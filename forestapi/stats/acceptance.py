"""Acceptance after the first season: how much of what was reported was verified, is qualified, has to be replanted."""

from forestapi.stats._checks import LEVELS, QUALIFIED, REPLANT, last_check
from forestapi.stats._statistic import Column, Statistic, area_columns
from geo.text import Text

STATISTIC = Statistic(
    name="acceptance",
    title=Text("造林检查验收", "Acceptance"),
    unit="m², ha, mu, share",
    version=1,
    method=Text(
        "上报面积 = 新造小班的记账面积（每块地只记一次）；核实面积 = 其中经所选级别检查第一季成活率的；以每个小班最近一次检查为准。"
        "合格：成活率 ≥ 85%（干旱、半干旱、高寒 ≥ 70%）；补植：≥ 41%；以下为失败。核实率 = 核实 ÷ 上报；上报合格率 = 合格 ÷ 上报；"
        "核实合格率 = 合格 ÷ 核实；补植负担 = 补植 ÷ 核实。",
        "Reported = credited area of plots planted new, where ground counts once; verified = of these, what was checked for"
        " its first season by the levels asked for; each plot's last check counts. Qualified from 85 % survival (arid,"
        " semi-arid, alpine: 70 %), to be replanted from 41 %, failed below. Verified rate = verified ÷ reported;"
        " qualified rate = qualified ÷ reported; of the verified = qualified ÷ verified; replant burden = replant ÷"
        " verified.",
    ),
    caveats=Text(
        "气候类型不详的小班不分等级，只计入核实面积。自检（level=self）默认不计。",
        "Plots whose climate class nobody has said get no class and are verified only. Checks by the planters themselves"
        " (level=self) do not count unless asked for.",
    ),
    source="docs/explanation/survival.md",
    view="planted_ground",
    columns=(
        *area_columns("reported", Text("上报面积", "Reported"), "always"),
        *area_columns("verified", Text("核实面积", "Verified"), "always"),
        *area_columns("qualified", Text("合格面积", "Qualified"), "always"),
        *area_columns("replant", Text("补植面积", "To be replanted"), "always"),
        *area_columns("failed", Text("失败面积", "Failed"), "always"),
        Column("verified_rate", Text("面积核实率", "Verified rate"), "1", "never"),
        Column("qualified_rate", Text("上报合格率", "Qualified rate"), "1", "never"),
        Column("qualified_of_verified", Text("核实合格率", "Qualified of the verified"), "1", "never"),
        Column("replant_burden", Text("补植负担", "Replant burden"), "1", "never"),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "climate_class"),
    parameters=(LEVELS,),
    sql=f"""
    , ground as (
      select s.key, s.is_synthetic, s.weight * s.credited_m2 as m2, c.rate, case when s.climate_class is null or c.rate is null
        then null when c.rate >= {QUALIFIED} then 'qualified' when c.rate >= {REPLANT} then 'replant' else 'failed' end as class
      from s {last_check("'first_season'")}
    ), summed as (
      select key, bool_or(is_synthetic) as is_synthetic, sum(m2) as reported_m2,
        {", ".join(f"coalesce(sum(m2) filter (where {condition}), 0) as {name}_m2" for name, condition in (
            ("verified", "rate is not null"), ("qualified", "class = 'qualified'"), ("replant", "class = 'replant'"),
            ("failed", "class = 'failed'")))}
      from ground group by key
    )
    select *, verified_m2 / nullif(reported_m2, 0) as verified_rate, qualified_m2 / nullif(reported_m2, 0) as qualified_rate,
      qualified_m2 / nullif(verified_m2, 0) as qualified_of_verified, replant_m2 / nullif(verified_m2, 0) as replant_burden
    from summed
    """,
)
