-- Records that lie on a plot, with a point of that plot's ground; and the overlaps of plots, with theirs. They are
-- read as collections of features.

drop view if exists forest.plantings_located, forest.surveys_located, forest.shifts_located, forest.overlaps_located cascade;

create view forest.plantings_located as
select n.*, ST_PointOnSurface(p.boundary) as location from forest.plantings n join forest.plot p on p.id = n.plot;

create view forest.surveys_located as
select s.*, ST_PointOnSurface(p.boundary) as location from forest.surveys s join forest.plot p on p.id = s.plot;

create view forest.shifts_located as
select s.*, ST_PointOnSurface(p.boundary) as location from forest.shifts s left join forest.plot p on p.id = s.plot;

-- An overlap is named by its two plots, whichever comes first; it changes when one of them does, or by a decision.
create or replace function forest.overlap_id(later uuid, earlier uuid) returns uuid
language sql immutable parallel safe as $$ select md5(greatest(later, earlier)::text || least(later, earlier)::text)::uuid $$;
create index if not exists overlap_id on forest.overlap (forest.overlap_id(later, earlier));

create view forest.overlaps_located as
select forest.overlap_id(o.later, o.earlier) as id, o.earlier, o.later, e.number as earlier_number, l.number as later_number,
  e.programme as earlier_programme, l.programme as later_programme, o.is_one_programme, o.area_m2,
  -- the shape is kept in metres from the corner of the later plot's ground (30_credit.sql)
  ST_Multi(ST_Transform(ST_SetSRID(ST_Translate(o.shape, floor(ST_XMin(b.ground)), floor(ST_YMin(b.ground))), 6933), 4326))
    as boundary, greatest(d.planted_on, b.planted_on) as planted_on,
  coalesce(s.kind, k.kind) as kind,
  forest.overlap_proposal(k.kind) as proposal,
  s.resolution as decision, s.first as credited_to, s.decided_at,
  m.share_of_earlier, m.share_of_later, m.days_between,
  eg.is_synthetic or lg.is_synthetic as is_synthetic, e.revision + l.revision - 1 + c.decisions as revision,
  greatest(e.received_at, l.received_at) as received_at, greatest(e.updated_at, l.updated_at, c.decided_at) as updated_at
from forest.overlap o join forest.plot e on e.id = o.earlier join forest.plot l on l.id = o.later
  join forest.programme eg on eg.code = e.programme join forest.programme lg on lg.code = l.programme
  left join forest.planted d on d.plot = o.earlier join forest.planted b on b.plot = o.later
  cross join lateral (select o.area_m2 / nullif(e.area_m2, 0) as share_of_earlier, o.area_m2 / nullif(l.area_m2, 0) as share_of_later,
    abs(b.planted_on - d.planted_on) as days_between) m
  cross join lateral (select forest.overlap_kind(m.share_of_earlier, m.share_of_later, m.days_between) as kind) k
  left join forest.overlap_standing s on s.a = least(o.later, o.earlier) and s.b = greatest(o.later, o.earlier)
  cross join lateral (select count(*)::int as decisions, max(decided_at) as decided_at from forest.overlap_decision
    where a = least(o.later, o.earlier) and b = greatest(o.later, o.earlier)) c;
