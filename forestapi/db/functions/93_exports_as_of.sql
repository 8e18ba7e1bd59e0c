-- Collections as known at a moment, for exports: the columns of their views, from the rows of that moment. As the other
-- functions of the past they read with the owner's rights; what is not public says itself who may have it.

create or replace function forest.regions_as_of(as_of text) returns setof forest.regions
language sql stable security definer as $$
  select code, code_year, parent, level, name_zh, name_en, climate_class, poverty_county_from, poverty_county_to,
    boundary, is_synthetic, revision, received_at, updated_at
  from forest.region_then(as_of)
$$;

create or replace function forest.plantings_located_as_of(as_of text) returns setof forest.plantings_located
language sql stable security definer as $$
  select n.id, n.plot, n.kind, n.started_on, n.ended_on, n.lines, p.programme,
    g.is_synthetic, n.revision, n.received_at, n.updated_at, ST_PointOnSurface(p.boundary)
  from forest.planting_then(as_of) n join forest.plot_then(as_of) p on p.id = n.plot
    join forest.programme_then(as_of) g on g.code = p.programme
$$;

create or replace function forest.surveys_located_as_of(as_of text) returns setof forest.surveys_located
language sql stable security definer as $$
  select s.*, ST_PointOnSurface(p.boundary)
  from forest.surveys_as_of(as_of) s join forest.plot_then(as_of) p on p.id = s.plot
$$;

create or replace function forest.shifts_located_as_of(as_of text) returns setof forest.shifts_located
language sql stable security definer as $$
  select s.*, ST_PointOnSurface(p.boundary)
  from forest.shifts_as_of(as_of) s left join forest.plot_then(as_of) p on p.id = s.plot
$$;

create or replace function forest.overlaps_located_as_of(as_of text) returns setof forest.overlaps_located
language sql stable security definer as $$
  with g as materialized (select plot, planted_on, area_m2, floor(ST_XMin(ground)) as x, floor(ST_YMin(ground)) as y
    from forest.ground_as_of(as_of))
  select forest.overlap_id(o.later, o.earlier), o.earlier, o.later, e.number, l.number, e.programme, l.programme,
    o.is_one_programme, o.area_m2,
    -- as in 62_located.sql: the shape is in metres from the corner of the later plot's ground
    ST_Multi(ST_Transform(ST_SetSRID(ST_Translate(o.shape, b.x, b.y), 6933), 4326)), greatest(d.planted_on, b.planted_on),
    coalesce(s.kind, k.kind), forest.overlap_proposal(k.kind), s.resolution, s.first, s.decided_at,
    m.share_of_earlier, m.share_of_later, m.days_between,
    eg.is_synthetic or lg.is_synthetic, e.revision + l.revision - 1 + c.decisions, greatest(e.received_at, l.received_at),
    greatest(e.updated_at, l.updated_at, c.decided_at)
  from forest.overlap_as_of(as_of) o join forest.plot_then(as_of) e on e.id = o.earlier join forest.plot_then(as_of) l on l.id = o.later
    join forest.programme_then(as_of) eg on eg.code = e.programme join forest.programme_then(as_of) lg on lg.code = l.programme
    join g d on d.plot = o.earlier join g b on b.plot = o.later
    cross join lateral (select o.area_m2 / nullif(d.area_m2, 0) as share_of_earlier, o.area_m2 / nullif(b.area_m2, 0) as share_of_later,
      abs(b.planted_on - d.planted_on) as days_between) m
    cross join lateral (select forest.overlap_kind(m.share_of_earlier, m.share_of_later, m.days_between) as kind) k
    left join forest.overlap_standing_as_of(as_of) s on s.a = least(o.later, o.earlier) and s.b = greatest(o.later, o.earlier)
    left join (select a, b, count(*)::int as decisions, max(decided_at) as decided_at from forest.overlap_decision_then(as_of) group by a, b) t
      on t.a = least(o.later, o.earlier) and t.b = greatest(o.later, o.earlier)
    cross join lateral (select coalesce(t.decisions, 0) as decisions, t.decided_at) c
$$;
