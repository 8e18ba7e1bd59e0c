"""What the statistics of checks share: a plot's last check of a stage, and the class that its climate gives it."""

from forestapi.stats._statistic import Parameter
from geo.text import Text

LEVELS = Parameter(
    "level",
    Text("检查级别", "Who checked"),
    "county,province,national",
    ("self", "county", "province", "national"),
    is_list=True,
)
QUALIFIED = "case when climate_class = 'ordinary' then 0.85 else 0.70 end"
"""Survival from which a plot is qualified (GB/T 15776-2023, 16.2); arid, semi-arid and alpine ground takes less."""
REPLANT = 0.41
"""Survival below which the planting has failed."""


def last_check(stage: str) -> str:
    """Write a join of planted ground `s` to each plot's last check of a stage, of the levels that count."""
    return f"""left join lateral (
      select c.sample_holes, c.live_holes, c.live_holes::float8 / c.sample_holes as rate, c.canopy_closure,
        c.vegetation_cover, c.happened_on as checked_on
      from forest.survival_checks c where c.plot = s.plot and c.stage = {stage} and c.level = any(:level)
      order by c.happened_on desc, c.survey desc limit 1) c on true"""
