"""What has to be checked: plots whose check of a stage is due at a level, with how much to sample and what to reach."""

from datetime import date
from uuid import UUID

from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Row, Transaction
from forestapi.store import scopes

FULL_COUNT_M2 = 150_000
"""Plots up to 15 ha are counted whole; of larger ones a share is sampled (GB/T 15776-2023, 16)."""
SAMPLED_SHARE = 0.05

_DUE = f"""
  select g.plot, l.number, g.programme, g.region, g.climate_class, g.happened_on as planted_on, g.area_m2, d.due_on, d.limit_on,
    case when d.due_on > q.day then 'coming' when d.limit_on < q.day then 'overdue' else 'due' end as state,
    case when g.area_m2 <= {FULL_COUNT_M2} then 1 else {SAMPLED_SHARE} end::float8 as sample_share,
    ceil(h.design_holes * case when g.area_m2 <= {FULL_COUNT_M2} then 1 else {SAMPLED_SHARE} end)::bigint as sample_holes,
    case when g.climate_class is null then null when q.stage = 'first_season'
      then case when g.climate_class = 'ordinary' then 0.85 else 0.70 end
      else case when g.climate_class = 'ordinary' then 0.80 else 0.65 end end::float8 as required_rate,
    array(select distinct c.level from forest.survival_checks c where c.plot = g.plot and c.stage = q.stage
      and c.happened_on <= q.day order by 1) as checked_by
  from (select {{}}::text as stage, {{}}::text as level, {{}}::date as day) q cross join forest.planted_ground g join forest.plot l on l.id = g.plot
    cross join lateral (select
      (g.happened_on + case q.stage when 'first_season' then interval '1 year' else interval '3 years' end)::date as due_on,
      (g.happened_on + case q.stage when 'first_season' then interval '18 months' else interval '5 years' end)::date as limit_on) d
    left join lateral (select sum(design_holes) as design_holes from forest.planted_lines p
      where p.plot = g.plot and p.kind = 'new') h on true
  where not exists (select from forest.survival_checks c where c.plot = g.plot and c.stage = q.stage and c.level = q.level
    and c.happened_on <= q.day) and {{}}"""


async def page(
    tx: Transaction, *, stage: str, level: str, on: date, until: date, programme: str | None, region: str | None,
    state: str | None, limit: int, after: UUID | None,
) -> list[Row]:  # fmt: skip
    """Read plots that nobody of this level has checked at this stage by `on`, and that are due by `until`, in the order of ids.

    Due and limit are those of the statistic `check-coverage`.
    """
    conditions = []
    if programme:
        conditions.append(Sql("g.programme = {}", programme))
    if region:
        conditions.append(Sql("g.region in (select region from forest.region_ancestor where ancestor = {})", region))
    if after:
        conditions.append(Sql("g.plot > {}", after))
    conditions.append(Sql("d.due_on <= {}", until))
    due = Sql(_DUE, stage, level, on, all_of(conditions))
    return await tx.rows(
        Sql(
            "select * from ({}) w where {} and {} order by plot limit {}",
            due, scopes.within("plots", tx.scope), Sql("state = {}", state) if state else Sql("true"), limit,
        )  # fmt: skip
    )
