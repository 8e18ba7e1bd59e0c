-- The views that statistics are written over, and the tables that they use beside these, as known at a moment:
-- the same columns, from the rows of that moment (forest.<noun>_then) and by the same functions of ground.
-- `as_of` is a time, or the snapshot that an answer carries; see forest.is_known. There is no goal of speed.

create or replace function forest.region_ancestor_as_of(as_of text)
returns table (region text, level text, ancestor text)
language sql stable security definer as $$
  with recursive r as materialized (select code, level, parent from forest.region_then(as_of)),
  tree as (
    select code as region, code as ancestor, level, parent, 1 as steps from r
    union all
    select t.region, r.code, r.level, r.parent, t.steps + 1 from tree t join r on r.code = t.parent where t.steps < 10
  )
  select distinct on (region, level) region, level, ancestor from tree order by region, level, steps
$$;

create or replace function forest.plot_species_as_of(as_of text)
returns table (plot uuid, species text, share float8)
language sql stable security definer as $$
  with line as (
    select p.plot, l.species, sum(coalesce(l.design_holes, 0))::float8 as holes
    from forest.planting_then(as_of) p, jsonb_to_recordset(p.lines) as l (species text, design_holes bigint)
    where p.kind = 'new' group by p.plot, l.species
  ), shared as (
    select plot, species, case when sum(holes) over w > 0 then holes / sum(holes) over w
      else 1.0 / count(*) over w end as share
    from line window w as (partition by plot)
  )
  select plot, species, share from shared where share > 0
$$;

-- Plots that were planted new, with their ground in the frame in which areas are taken.
create or replace function forest.ground_as_of(as_of text)
returns table (plot uuid, programme text, region text, climate_class text, lifecycle text, received_at timestamptz,
  planted_on date, ground geometry, area_m2 float8)
language sql stable security definer as $$
  select p.id, p.programme, p.region, p.climate_class, p.lifecycle, p.received_at, n.planted_on, g.ground, ST_Area(g.ground)
  from forest.plot_then(as_of) p
    join (select plot, min(started_on) as planted_on from forest.planting_then(as_of) where kind = 'new' group by plot) n
      on n.plot = p.id
    cross join lateral (select ST_Transform(p.boundary, 6933) as ground offset 0) g
$$;

-- Decisions about overlaps that stood then, on the boundaries of then, and which plots they set back.
create or replace function forest.overlap_standing_as_of(as_of text)
returns table (a uuid, b uuid, kind text, resolution text, first uuid, decided_at timestamptz, is_one_programme boolean)
language sql stable security definer as $$
  select d.a, d.b, d.kind, d.resolution, d.first, d.decided_at, b.programme = a.programme
  from (select distinct on (a, b) * from forest.overlap_decision_then(as_of) order by a, b, seq desc) d
    join forest.plot_then(as_of) a on a.id = d.a join forest.plot_then(as_of) b on b.id = d.b
  where d.resolution <> 'open' and forest.boundary_hash(a.boundary) = d.a_hash and forest.boundary_hash(b.boundary) = d.b_hash
$$;

create or replace function forest.ranks_as_of(as_of text) returns table (plot uuid, rank int)
language sql stable security definer as $$
  select r.* from (
    select array_agg(d.first) as firsts, array_agg(case when d.first = d.a then d.b else d.a end) as seconds
    from forest.overlap_standing_as_of(as_of) d where d.first is not null and d.is_one_programme
  ) p cross join lateral forest.ranks(p.firsts, p.seconds) r
$$;

-- Pairs are found by the cells of a grid that they touch, since rows of the past have no spatial index.
create or replace function forest.overlap_as_of(as_of text)
returns table (later uuid, earlier uuid, is_one_programme boolean, shape geometry, area_m2 float8)
language sql stable security definer as $$
  with g as materialized (
    select p.*, row_number() over (order by coalesce(r.rank, 0), coalesce(p.planted_on, 'infinity'), p.received_at, p.plot) as place
    from forest.ground_as_of(as_of) p left join forest.ranks_as_of(as_of) r on r.plot = p.plot
  ), touched as materialized (
    select place, i, j from g,
      generate_series(floor(ST_XMin(ground) / 2000)::bigint, floor(ST_XMax(ground) / 2000)::bigint) i,
      generate_series(floor(ST_YMin(ground) / 2000)::bigint, floor(ST_YMax(ground) / 2000)::bigint) j
  ), pair as materialized (
    select distinct l.place as later, e.place as earlier from touched l join touched e using (i, j) where e.place < l.place
  ), shared as (
    select l.plot as later, e.plot as earlier, l.programme = e.programme as is_one_programme,
      forest.shared_ground(l.ground, e.ground) as shape
    from pair join g l on l.place = pair.later join g e on e.place = pair.earlier
    where l.ground && e.ground and ST_Intersects(l.ground, e.ground)
  )
  select later, earlier, is_one_programme, shape, ST_Area(shape) from shared where ST_Area(shape) > 0
$$;

create or replace function forest.planted_ground_as_of(as_of text)
returns table (plot uuid, programme text, region text, happened_on date, climate_class text, area_m2 float8,
  credited_m2 float8, is_accepted boolean, is_synthetic boolean)
language sql stable security definer as $$
  with covered as (
    select later, forest.union_area_m2(array_agg(shape), sum(area_m2)) as m2
    from forest.overlap_as_of(as_of) where is_one_programme group by later
  )
  select p.plot, p.programme, p.region, p.planted_on, coalesce(p.climate_class, r.climate_class), p.area_m2,
    p.area_m2 - coalesce(c.m2, 0), p.lifecycle in ('accepted', 'preserved'), g.is_synthetic
  from forest.ground_as_of(as_of) p join forest.programme_then(as_of) g on g.code = p.programme
    left join covered c on c.later = p.plot left join forest.region_then(as_of) r on r.code = p.region
$$;

create or replace function forest.planted_lines_as_of(as_of text)
returns table (plot uuid, kind text, species text, design_holes bigint, planted_count bigint)
language sql stable security definer as $$
  select p.plot, p.kind, l.species, sum(l.design_holes)::bigint, sum(l.planted_count)::bigint
  from forest.planting_then(as_of) p,
    jsonb_to_recordset(p.lines) as l (species text, design_holes bigint, planted_count bigint)
  group by p.id, p.plot, p.kind, l.species
$$;

drop function if exists forest.work_as_of(text), forest.survival_checks_as_of(text) cascade;
create or replace function forest.work_as_of(as_of text)
returns table (shift uuid, worker uuid, programme text, region text, plot uuid, happened_on date, activity text,
  is_paid boolean, status text, hours numeric, wage_yuan numeric, is_insured boolean, sex text, household uuid, age int,
  climate_class text, is_synthetic boolean, is_registered boolean, is_in_poverty_county boolean)
language sql stable security definer as $$
  select s.id, s.worker, s.programme, coalesce(p.region, s.region, c.region), s.plot, s.work_date, s.activity,
    s.is_paid, s.status, s.hours, s.wage_yuan, s.is_insured, w.sex, w.household,
    extract(year from s.work_date)::int - w.birth_year, coalesce(p.climate_class, r.climate_class), g.is_synthetic,
    coalesce(s.work_date >= h.registered_from and s.work_date <= coalesce(h.registered_to, s.work_date), false),
    coalesce(s.work_date >= r.poverty_county_from and s.work_date <= coalesce(r.poverty_county_to, s.work_date), false)
  from forest.shift_then(as_of) s join forest.programme_then(as_of) g on g.code = s.programme
    join forest.worker_then(as_of) w on w.id = s.worker left join forest.household_then(as_of) h on h.id = w.household
    left join forest.plot_then(as_of) p on p.id = s.plot left join forest.crew_then(as_of) c on c.code = s.crew
    left join forest.region_then(as_of) r on r.code = coalesce(p.region, s.region, c.region)
  -- the owner's rights let it read history; a token still reaches no further than its scope
  where coalesce(current_setting('role', true), 'none') = 'none' or (
    ('*' = any(forest.scope_programmes()) or s.programme = any(forest.scope_programmes()))
    and (forest.scope_crew() = '*' or s.crew = forest.scope_crew()))
$$;

create or replace function forest.survival_checks_as_of(as_of text)
returns table (survey uuid, plot uuid, programme text, region text, happened_on date, stage text, level text,
  sample_holes bigint, live_holes bigint, is_independent boolean, area_m2 float8, climate_class text, is_synthetic boolean,
  canopy_closure float8, vegetation_cover float8)
language sql stable security definer as $$
  select s.id, s.plot, p.programme, p.region, s.surveyed_on, s.stage, s.level, s.sample_holes, s.live_holes,
    s.is_independent, ST_Area(ST_Transform(p.boundary, 6933)), coalesce(p.climate_class, r.climate_class), g.is_synthetic,
    s.canopy_closure, s.vegetation_cover
  from forest.survey_then(as_of) s join forest.plot_then(as_of) p on p.id = s.plot
    join forest.programme_then(as_of) g on g.code = p.programme left join forest.region_then(as_of) r on r.code = p.region
$$;

-- Whether the public asks; these functions read with the owner's rights, and must not give it more than the views do.
create or replace function forest.is_public() returns boolean language sql stable as $$
  select coalesce(current_setting('role', true), 'none') = 'forest_public'
$$;

-- What a filter of figures is about, as it was: the same columns as the views of plots, surveys and shifts.
create or replace function forest.plots_as_of(as_of text) returns setof forest.plots
language sql stable security definer as $$
  with species as (select distinct on (plot) plot, species from forest.plot_species_as_of(as_of) order by plot, share desc, species)
  select p.id, p.programme, p.number, p.region, p.compartment, p.subcompartment, p.tenure, p.prior_land_class,
    p.climate_class, p.boundary, p.source_crs, p.capture_method, p.accuracy_m, p.declared_area_m2, p.lifecycle,
    p.accepted_on, p.layer, p.layer_key, case when forest.is_public() then '{}' else p.attributes end,
    ST_Area(ST_Transform(p.boundary, 6933)), ST_Area(p.boundary::geography), d.credited_m2, d.plot is not null,
    d.happened_on, s.species,
    case when p.submission is not null and not forest.is_public() then jsonb_build_object('submission', p.submission, 'row', p.submission_row) end,
    g.is_synthetic, p.revision, p.received_at, p.updated_at
  from forest.plot_then(as_of) p join forest.programme_then(as_of) g on g.code = p.programme
    left join forest.planted_ground_as_of(as_of) d on d.plot = p.id left join species s on s.plot = p.id
$$;

create or replace function forest.surveys_as_of(as_of text) returns setof forest.surveys
language sql stable security definer as $$
  select s.id, s.plot, s.surveyed_on, s.stage, s.level, s.sample_holes, s.live_holes, s.vegetation_cover,
    s.canopy_closure, s.mean_height_m, s.mean_crown_m, s.vigour, s.damage, s.method, case when not forest.is_public() then s.checker end, s.is_independent,
    case when not forest.is_public() then s.remarks end, p.programme, g.is_synthetic, s.revision, s.received_at, s.updated_at
  from forest.survey_then(as_of) s join forest.plot_then(as_of) p on p.id = s.plot
    join forest.programme_then(as_of) g on g.code = p.programme
$$;

create or replace function forest.shifts_as_of(as_of text) returns setof forest.shifts
language sql stable security definer as $$
  select s.id, s.worker, s.programme, s.crew, s.plot, coalesce(p.region, s.region, c.region),
    s.work_date, s.number, s.starts_at, s.ends_at, s.activity, s.is_paid, s.hours, s.hours_known, s.pay_basis,
    s.quantity, s.rate_yuan, s.wage_yuan, s.is_insured, s.recorder, s.status,
    g.is_synthetic, s.revision, s.received_at, s.updated_at
  from forest.shift_then(as_of) s join forest.programme_then(as_of) g on g.code = s.programme
    left join forest.plot_then(as_of) p on p.id = s.plot left join forest.crew_then(as_of) c on c.code = s.crew
  where coalesce(current_setting('role', true), 'none') = 'none' or (
    ('*' = any(forest.scope_programmes()) or s.programme = any(forest.scope_programmes()))
    and (forest.scope_crew() = '*' or s.crew = forest.scope_crew()))
$$;

create or replace function forest.wages_as_of(as_of text)
returns table (wage uuid, source text, worker uuid, programme text, crew text, happened_on date, status text, sex text,
  hours numeric, due_yuan numeric, settled_yuan numeric, deducted_yuan numeric, net_yuan numeric, is_synthetic boolean)
language sql stable security definer as $$
  select v.wage, v.source, v.worker, v.programme, v.crew, v.happened_on, v.status, w.sex, v.hours, v.due_yuan, v.settled_yuan,
    v.deducted_yuan, v.net_yuan, g.is_synthetic
  from (
    select s.id as wage, 'shift' as source, s.worker, s.programme, s.crew, s.work_date as happened_on, s.status, s.hours,
      s.wage_yuan as due_yuan, 0::numeric as settled_yuan, 0::numeric as deducted_yuan, 0::numeric as net_yuan
    from forest.shift_then(as_of) s where s.is_paid
    union all
    select y.id, 'payment', y.worker, y.programme, y.crew, (y.month || '-01')::date, null, 0, 0,
      forest.settled_yuan(y.items), forest.sum_yuan(y.deductions), y.net_yuan
    from forest.payment_then(as_of) y
  ) v join forest.worker_then(as_of) w on w.id = v.worker join forest.programme_then(as_of) g on g.code = v.programme
  -- the owner's rights let it read history; a token still reaches no further than its scope
  where coalesce(current_setting('role', true), 'none') = 'none' or (
    ('*' = any(forest.scope_programmes()) or v.programme = any(forest.scope_programmes()))
    and (forest.scope_crew() = '*' or v.crew = forest.scope_crew()))
$$;
