-- Rollups: what survival checks come to, kept with every write, for the groupings that are asked for most. They are a cache
-- of the statistic over forest.survival_checks and can be dropped: the next migration makes them again from the rows, as
-- `forest check figures --rebuild` does. docs/decisions/0066 says why so.

-- The check that speaks for a plot in a span of time: the latest of its stage. Nothing known is an empty text; a plot
-- without species has one, the empty one.
create table if not exists forest.survival_part (
  plot uuid not null, stage text not null, period_kind text not null, period text not null,
  programme text not null, region text not null, climate_class text not null, species text[] not null,
  sample_holes bigint not null, live_holes bigint not null, area_m2 float8 not null,
  primary key (plot, stage, period_kind, period)
);
-- period_kind: all, year, quarter, month; level: '' or a level of regions; by_kind: '' or species or climate_class. Plots are
-- counted by climate class, because a group of several has no class of its own. Areas are decimal: what is taken away
-- later is what was added.
create table if not exists forest.survival_total (
  programme text not null, stage text not null, period_kind text not null, level text not null, by_kind text not null,
  period text not null, region text not null, value text not null,
  plots bigint not null, sample_holes bigint not null, live_holes bigint not null,
  area_m2 numeric not null, live_m2 numeric not null,
  ordinary bigint not null, semi_arid bigint not null, arid bigint not null, alpine bigint not null,
  primary key (programme, stage, period_kind, level, by_kind, period, region, value)
);
-- What this transaction has touched: plots whose checks or group may be others now, or all.
create unlogged table if not exists forest.survival_due (
  transaction xid8 not null default pg_current_xact_id(), plots uuid[] not null default '{}', is_all boolean not null default false
);
create index if not exists survival_due_transaction on forest.survival_due (transaction);

-- Bring the parts of these plots up to the rows, and add the difference to the totals.
create or replace function forest.survival_settle(changed uuid[]) returns void
language plpgsql set work_mem = '128MB' set jit = off as $$
begin
  with fresh as materialized (
    select distinct on (v.plot, v.stage, t.kind, t.period) v.plot, v.stage, t.kind as period_kind, t.period, v.programme,
      coalesce(v.region, '') as region, coalesce(v.climate_class, '') as climate_class, coalesce(s.species, '{""}') as species,
      v.sample_holes, v.live_holes, v.area_m2
    from forest.survival_checks v
      left join (select plot, array_agg(species order by species) as species from forest.plot_species
        where plot = any(changed) group by plot) s on s.plot = v.plot
      cross join lateral (values ('all', ''), ('year', to_char(v.happened_on, 'FMYYYY')),
        ('quarter', to_char(v.happened_on, 'YYYY-"Q"Q')), ('month', to_char(v.happened_on, 'YYYY-MM'))) t (kind, period)
    where v.plot = any(changed)
    order by v.plot, v.stage, t.kind, t.period, v.happened_on desc, v.survey desc
  ), part as materialized (
    select -1 as sign, o.* from forest.survival_part o where o.plot = any(changed)
    union all select 1, f.* from fresh f
  ), sums as materialized (
    select programme, stage, period_kind, period, region, v.by_kind, v.value, sum(sign) as plots, sum(sign * sample_holes) as sample_holes,
      sum(sign * live_holes) as live_holes, sum(sign * area_m2::numeric) as area_m2,
      sum(sign * (area_m2 * live_holes / sample_holes)::numeric) as live_m2,
      sum(sign * (climate_class = 'ordinary')::int) as ordinary, sum(sign * (climate_class = 'semi_arid')::int) as semi_arid,
      sum(sign * (climate_class = 'arid')::int) as arid, sum(sign * (climate_class = 'alpine')::int) as alpine
    from part p cross join lateral (
      select '' as by_kind, '' as value
      union all select 'climate_class', p.climate_class
      union all select 'species', s from unnest(p.species) s) v
    group by 1, 2, 3, 4, 5, 6, 7
  ), difference as (
    select s.programme, s.stage, s.period_kind, l.level, s.by_kind, s.period,
      case when l.level = '' then '' else coalesce((select r.ancestor from forest.region_ancestor r
        where r.region = s.region and r.level = l.level), '') end as region, s.value,
      sum(plots) as plots, sum(sample_holes) as sample_holes, sum(live_holes) as live_holes, sum(area_m2) as area_m2,
      sum(live_m2) as live_m2, sum(ordinary) as ordinary, sum(semi_arid) as semi_arid, sum(arid) as arid, sum(alpine) as alpine
    from sums s cross join (values (''), ('province'), ('prefecture'), ('county')) as l (level)
    where (s.plots, s.sample_holes, s.live_holes, s.area_m2, s.live_m2, s.ordinary, s.semi_arid, s.arid, s.alpine)
      <> (0, 0, 0, 0, 0, 0, 0, 0, 0)
    group by 1, 2, 3, 4, 5, 6, 7, 8
  ), gone as (
    delete from forest.survival_part p where p.plot = any(changed) and not exists (select from fresh f
      where (f.plot, f.stage, f.period_kind, f.period) = (p.plot, p.stage, p.period_kind, p.period))
  ), kept as (
    insert into forest.survival_part as o select * from fresh
    on conflict (plot, stage, period_kind, period) do update set programme = excluded.programme, region = excluded.region,
      climate_class = excluded.climate_class, species = excluded.species, sample_holes = excluded.sample_holes,
      live_holes = excluded.live_holes, area_m2 = excluded.area_m2
    where o is distinct from excluded
  )
  insert into forest.survival_total as t (programme, stage, period_kind, level, by_kind, period, region, value,
    plots, sample_holes, live_holes, area_m2, live_m2, ordinary, semi_arid, arid, alpine)
  select * from difference order by programme, stage, period_kind, level, by_kind, period, region, value
  on conflict (programme, stage, period_kind, level, by_kind, period, region, value) do update set
    plots = t.plots + excluded.plots, sample_holes = t.sample_holes + excluded.sample_holes,
    live_holes = t.live_holes + excluded.live_holes, area_m2 = t.area_m2 + excluded.area_m2, live_m2 = t.live_m2 + excluded.live_m2,
    ordinary = t.ordinary + excluded.ordinary, semi_arid = t.semi_arid + excluded.semi_arid, arid = t.arid + excluded.arid,
    alpine = t.alpine + excluded.alpine;
end $$;

-- Writers that share a plot take turns, from here to their commit; 64 turns for all plots, taken in order.
create or replace function forest.survival_lock(plots uuid[]) returns void language plpgsql as $$
declare turn int;
begin
  for turn in select distinct uuid_hash(p) & 63 from unnest(plots) p order by 1 loop
    perform pg_advisory_xact_lock((4779::bigint << 48) + turn);
  end loop;
end $$;

-- In parts, so that the memory does not grow with the ledger.
create or replace function forest.survival_rebuild() returns void language plpgsql as $$
declare part uuid[];
begin
  for turn in 0..63 loop perform pg_advisory_xact_lock((4779::bigint << 48) + turn); end loop;
  delete from forest.survival_total;
  delete from forest.survival_part;
  for part in select array_agg(plot) from (
      select plot, (row_number() over (order by plot) - 1) / 50000 as n from (select distinct plot from forest.survey) d) p
    group by n order by n loop
    perform forest.survival_settle(part);
  end loop;
end $$;

create or replace function forest.survival_settle_due() returns void language plpgsql as $$
declare touched uuid[]; is_whole boolean;
begin
  with due as (delete from forest.survival_due where transaction = pg_current_xact_id() returning *)
  select bool_or(d.is_all), array(select distinct unnest(due.plots) from due) into is_whole, touched from due d;
  if is_whole then
    perform forest.survival_rebuild();
  elsif cardinality(touched) > 0 then
    perform forest.survival_lock(touched);
    -- From here on each statement sees what the writers before us have committed.
    perform set_config('plan_cache_mode', case when cardinality(touched) <= 64 then 'force_generic_plan' else 'force_custom_plan' end, true);
    perform forest.survival_settle(touched);
  end if;
end $$;
drop trigger if exists survival_at_commit on forest.survival_due;
create constraint trigger survival_at_commit after insert on forest.survival_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

create or replace function forest.survival_note() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into forest.survival_due (plots) select array_agg(distinct plot) from after having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into forest.survival_due (plots) select array_agg(distinct plot) from before having count(*) > 0;
  else
    insert into forest.survival_due (plots)
    select array_agg(distinct plot) from (select plot from before union all select plot from after) c having count(*) > 0;
  end if;
  return null;
end $$;
create or replace trigger survival_inserted after insert on forest.survey
  referencing new table as after for each statement execute function forest.survival_note();
create or replace trigger survival_updated after update on forest.survey
  referencing old table as before new table as after for each statement execute function forest.survival_note();
create or replace trigger survival_deleted after delete on forest.survey
  referencing old table as before for each statement execute function forest.survival_note();

-- What the group and the weight of a plot hang on besides its checks. Its species are noted where they are written
-- (forest.planting_settle), the tree of regions where it is watched (forest.region_note_tree).
create or replace function forest.survival_note_plot() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  insert into forest.survival_due (plots)
  select array_agg(o.id) from before o join after n using (id)
  where (o.programme, o.region, o.climate_class, o.area_m2) is distinct from (n.programme, n.region, n.climate_class, n.area_m2)
  having count(*) > 0;
  return null;
end $$;
create or replace trigger survival_plot_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.survival_note_plot();

-- Checks are no secret: whoever may ask the statistic may read its totals.
create or replace function forest.survival_totals(programme text, period_kind text, level text, by_kind text)
returns setof forest.survival_total language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.* from forest.survival_total t where t.programme = $1 and t.period_kind = $2 and t.level = $3 and t.by_kind = $4
    and t.plots > 0
$$;

-- A ledger that was made before there were rollups gets them now.
do $$ begin
  if not exists (select from forest.survival_part) and exists (select from forest.survey) then
    perform forest.survival_rebuild();
  end if;
end $$;
