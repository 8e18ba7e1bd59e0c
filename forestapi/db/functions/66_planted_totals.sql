-- Rollups: what planted ground adds up to, kept with every write, for the groupings that are asked for most. They are
-- a cache of the statistic over forest.planted_ground and can be dropped: the next migration makes them again from the
-- rows, as `forest check figures --rebuild` does. docs/decisions/0026 says why so.

-- What ground of a plot is not net in some groups, because earlier plots of the group hold it: `spans` has a bit for
-- each period (all, year, quarter, month: 0 to 3) and level (none, province, prefecture, county), bit period * 4 + level.
do $$ begin
  if to_regtype('forest.planted_cut') is null then
    create type forest.planted_cut as (by_kind text, value text, spans int, m2 float8, accepted_m2 float8);
  end if;
end $$;
-- A plot as it was added to the totals. Nothing known is an empty text; a plot without species has one, the empty one.
create table if not exists forest.planted_part (
  plot uuid primary key, programme text not null, region text not null, month int, climate_class text not null,
  is_accepted boolean not null, area_m2 float8 not null, credited_m2 float8 not null,
  species text[] not null, shares float8[] not null, cuts forest.planted_cut[] not null
);
-- period_kind: all, year, quarter, month; level: '' or a level of regions; by_kind: '' or species or climate_class.
-- Sums are decimal: what is taken away later is what was added.
create table if not exists forest.planted_total (
  programme text not null, period_kind text not null, level text not null, by_kind text not null,
  period text not null, region text not null, value text not null,
  plots bigint not null, gross_m2 numeric not null, net_m2 numeric not null, credited_m2 numeric not null,
  accepted_m2 numeric not null,
  primary key (programme, period_kind, level, by_kind, period, region, value)
);
-- What this transaction has touched: plots whose group may be another now, plots whose ground or credit is, or all.
create unlogged table if not exists forest.planted_due (
  transaction xid8 not null default pg_current_xact_id(), plots uuid[] not null default '{}',
  credited uuid[] not null default '{}', is_all boolean not null default false
);
create index if not exists planted_due_transaction on forest.planted_due (transaction);

-- Bring these plots up to the rows, and add the difference to the totals.
create or replace function forest.planted_total_settle(changed uuid[]) returns void
language plpgsql set work_mem = '128MB' set jit = off as $$
begin
  with fresh as materialized (
    select g.plot, g.programme, coalesce(g.region, '') as region,
      (extract(year from g.happened_on) * 12 + extract(month from g.happened_on))::int - 1 as month,
      coalesce(g.climate_class, '') as climate_class, g.is_accepted, g.area_m2, g.credited_m2,
      coalesce(s.species, '{""}') as species, coalesce(s.shares, '{1}') as shares
    from forest.planted_ground g left join (
      select plot, array_agg(species order by species) as species, array_agg(share order by species) as shares
      from forest.plot_species where plot = any(changed) group by plot) s on s.plot = g.plot
    where g.plot = any(changed)
  ), pair as materialized (
    -- who else holds ground of these before them, and what the two have in common
    select f.plot, o.earlier, o.area_m2, f.is_accepted and e.is_accepted as is_accepted, f.month, f.region, f.species,
      f.climate_class = coalesce(e.climate_class, '') as is_one_climate, f.climate_class, coalesce(e.region, '') as other_region,
      (extract(year from e.happened_on) * 12 + extract(month from e.happened_on))::int - 1 as other_month
    from fresh f join forest.overlap o on o.later = f.plot and o.is_one_programme
      join forest.planted_ground e on e.plot = o.earlier
  ), within as materialized (
    select p.plot, p.earlier, p.is_accepted, t.number * 4 + l.number as span, b.kind as by_kind, b.value
    from pair p
    cross join lateral (values (0, true), (1, p.month / 12 is not distinct from p.other_month / 12),
      (2, p.month / 3 is not distinct from p.other_month / 3), (3, p.month is not distinct from p.other_month)) t (number, is_shared)
    cross join (values (0, ''), (1, 'province'), (2, 'prefecture'), (3, 'county')) l (number, level)
    cross join lateral (select '' as kind, '' as value
      union all select 'climate_class', p.climate_class where p.is_one_climate
      union all select 'species', s from unnest(p.species) s where exists (
        select from forest.plot_species where plot = p.earlier and species = s)
        or s = '' and not exists (select from forest.plot_species where plot = p.earlier)) b
    where t.is_shared and (l.number = 0 or p.region = p.other_region
      or (select ancestor from forest.region_ancestor r where r.region = p.region and r.level = l.level) is not distinct from
        (select ancestor from forest.region_ancestor r where r.region = p.other_region and r.level = l.level))
  ), taken as materialized (
    -- most groups of a plot know the same earlier ones: each set of these is united once
    select plot, by_kind, value, span, array_agg(earlier order by earlier) as by_all,
      array_agg(earlier order by earlier) filter (where is_accepted) as by_accepted
    from within group by 1, 2, 3, 4
  ), united as materialized (
    select w.plot, w.others, forest.union_area_m2(array_agg(o.shape), sum(o.area_m2)) as m2
    from (select plot, by_all as others from taken union select plot, by_accepted from taken where by_accepted is not null) w
      cross join lateral unnest(w.others) as h (earlier) join forest.overlap o on o.later = w.plot and o.earlier = h.earlier
    group by 1, 2
  ), cut as materialized (
    select t.plot, t.by_kind, t.value, bit_or(1 << t.span) as spans, a.m2, coalesce(b.m2, 0) as accepted_m2
    from taken t join united a on a.plot = t.plot and a.others = t.by_all
      left join united b on b.plot = t.plot and b.others = t.by_accepted
    group by 1, 2, 3, 5, 6
  ), made as materialized (
    select f.*, coalesce(c.cuts, '{}') as cuts from fresh f left join (
      select plot, array_agg(row(by_kind, value, spans, m2, accepted_m2)::forest.planted_cut
        order by by_kind, value, spans) as cuts from cut group by 1) c on c.plot = f.plot
  ), part as materialized (
    select -1 as sign, o.* from forest.planted_part o where o.plot = any(changed)
    union all select 1, m.* from made m
  ), atom as (
    -- each plot once, and once more for each species by its share; then what earlier plots of a group hold of it
    select sign, programme, region, month, v.by_kind, v.value, 65535 as spans, sign * v.is_plot as plots,
      v.share * area_m2 as gross, v.share * credited_m2 as credited, v.share * area_m2 as net,
      case when is_accepted then v.share * area_m2 else 0 end as accepted
    from part p cross join lateral (
      select '' as by_kind, '' as value, 1::float8 as share, 1 as is_plot
      union all select 'climate_class', p.climate_class, 1, 1
      union all select 'species', s, w, 1 from unnest(p.species, p.shares) u (s, w)) v
    union all
    select sign, programme, region, month, c.by_kind, c.value, c.spans, 0, 0, 0, -w.share * c.m2, -w.share * c.accepted_m2
    from part p cross join lateral unnest(p.cuts) c cross join lateral (
      select case when c.by_kind = 'species' then p.shares[array_position(p.species, c.value)] else 1 end as share) w
  ), sums as materialized (
    select programme, region, month, by_kind, value, spans, sum(plots) as plots, sum(sign * gross::numeric) as gross,
      sum(sign * net::numeric) as net, sum(sign * credited::numeric) as credited, sum(sign * accepted::numeric) as accepted
    from atom group by 1, 2, 3, 4, 5, 6
  ), difference as (
    select s.programme, t.kind as period_kind, l.level, s.by_kind, case
        when t.number = 0 or month is null then '' when t.number = 1 then to_char(month / 12, 'FM0000')
        when t.number = 2 then to_char(month / 12, 'FM0000"-Q"') || month % 12 / 3 + 1
        else to_char(month / 12, 'FM0000-') || to_char(month % 12 + 1, 'FM00') end as period,
      case when l.number = 0 then '' else coalesce((select r.ancestor from forest.region_ancestor r
        where r.region = s.region and r.level = l.level), '') end as region, s.value,
      sum(s.plots) as plots, sum(gross) as gross, sum(net) as net, sum(credited) as credited, sum(accepted) as accepted
    from sums s cross join (values (0, 'all'), (1, 'year'), (2, 'quarter'), (3, 'month')) as t (number, kind)
      cross join (values (0, ''), (1, 'province'), (2, 'prefecture'), (3, 'county')) as l (number, level)
    where s.spans >> (t.number * 4 + l.number) & 1 = 1
      and (s.plots <> 0 or gross <> 0 or net <> 0 or credited <> 0 or accepted <> 0)
    group by 1, 2, 3, 4, 5, 6, 7
    having sum(s.plots) <> 0 or sum(gross) <> 0 or sum(net) <> 0 or sum(credited) <> 0 or sum(accepted) <> 0
  ), gone as (
    delete from forest.planted_part p where p.plot = any(changed) and not exists (select from fresh f where f.plot = p.plot)
  ), kept as (
    insert into forest.planted_part as o select * from made
    on conflict (plot) do update set programme = excluded.programme, region = excluded.region, month = excluded.month,
      climate_class = excluded.climate_class, is_accepted = excluded.is_accepted, area_m2 = excluded.area_m2,
      credited_m2 = excluded.credited_m2, species = excluded.species, shares = excluded.shares, cuts = excluded.cuts
  )
  insert into forest.planted_total as t (programme, period_kind, level, by_kind, period, region, value,
    plots, gross_m2, net_m2, credited_m2, accepted_m2)
  select * from difference order by programme, period_kind, level, by_kind, period, region, value
  on conflict (programme, period_kind, level, by_kind, period, region, value) do update set
    plots = t.plots + excluded.plots, gross_m2 = t.gross_m2 + excluded.gross_m2, net_m2 = t.net_m2 + excluded.net_m2,
    credited_m2 = t.credited_m2 + excluded.credited_m2, accepted_m2 = t.accepted_m2 + excluded.accepted_m2;
end $$;

-- In parts, so that the memory does not grow with the ledger. Writers of ground hold a share of this lock from
-- forest.credit_lock to their commit.
create or replace function forest.planted_rebuild() returns void language plpgsql as $$
declare part uuid[];
begin
  perform pg_advisory_xact_lock(4777::bigint << 48);
  delete from forest.planted_total;
  delete from forest.planted_part;
  for part in select array_agg(plot) from (
      select plot, (row_number() over (order by programme, plot) - 1) / 50000 as n from forest.planted) p group by n order by n loop
    perform forest.planted_total_settle(part);
  end loop;
end $$;

-- After forest.credit_settle_due, which has taken the locks of the ground of all plots that are noted here: who shares
-- ground with them and is being written has been waited for, or waits.
create or replace function forest.planted_settle_due() returns void language plpgsql as $$
declare noted record; touched uuid[];
begin
  with due as (delete from forest.planted_due where transaction = pg_current_xact_id() returning *)
  select count(*) as entries, bool_or(d.is_all) as is_all, array(select unnest(due.plots) from due) as plots,
    array(select unnest(due.credited) from due) as credited into noted from due d;
  if noted.entries = 0 then return; end if;
  if noted.is_all then
    perform forest.planted_rebuild();
    return;
  end if;
  select array_agg(plot) into touched from (
    select unnest(noted.plots || noted.credited) as plot
    union select later from forest.overlap where earlier = any(noted.plots)) t;
  if touched is null then return; end if;
  -- Two distant writers may share one large neighbour: they take turns at it.
  perform from forest.planted_part where plot = any(touched) order by plot for update;
  perform set_config('plan_cache_mode', case when cardinality(touched) <= 64 then 'force_generic_plan' else 'force_custom_plan' end, true);
  perform forest.planted_total_settle(touched);
end $$;
drop trigger if exists planted_at_commit on forest.planted_due;
create constraint trigger planted_at_commit after insert on forest.planted_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

-- What a plot's group hangs on besides its ground: its region, climate class and acceptance; its species are noted
-- where they are written (forest.planting_settle).
create or replace function forest.planted_note_plot() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  insert into forest.planted_due (plots)
  select array_agg(o.id) from before o join after n using (id)
  where (o.region, o.climate_class, o.lifecycle in ('accepted', 'preserved'))
    is distinct from (n.region, n.climate_class, n.lifecycle in ('accepted', 'preserved')) having count(*) > 0;
  return null;
end $$;
create or replace trigger planted_plot_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.planted_note_plot();

-- A tree of regions that changes moves work and plots from group to group, and the climate class of a region moves plots:
-- all of it is added up again. A new region moves something only if one that was there already lies in it.
drop function if exists forest.work_note_tree(), forest.planted_note_tree() cascade;
create or replace function forest.region_note_tree() returns trigger language plpgsql set enable_nestloop = off as $$
declare is_moved boolean; has_other_climate boolean := false;
begin
  if tg_op = 'INSERT' then
    is_moved := exists (select from forest.region r join after n on r.parent = n.code
      where not exists (select from after a where a.code = r.code));
  elsif tg_op = 'DELETE' then
    is_moved := exists (select from before);
  else
    is_moved := exists (select from before o full join after n using (code)
      where (o.code, o.parent, o.level) is distinct from (n.code, n.parent, n.level));
    has_other_climate := exists (select from before o join after n using (code) where o.climate_class is distinct from n.climate_class);
  end if;
  if is_moved and exists (select from forest.work_person) then
    insert into forest.work_due (is_all) values (true);
  end if;
  if (is_moved or has_other_climate) and exists (select from forest.planted_part) then
    insert into forest.planted_due (is_all) values (true);
  end if;
  if (is_moved or has_other_climate) and exists (select from forest.survival_part) then
    insert into forest.survival_due (is_all) values (true);
  end if;
  return null;
end $$;
create or replace trigger region_tree_inserted after insert on forest.region
  referencing new table as after for each statement execute function forest.region_note_tree();
create or replace trigger region_tree_updated after update on forest.region
  referencing old table as before new table as after for each statement execute function forest.region_note_tree();
create or replace trigger region_tree_deleted after delete on forest.region
  referencing old table as before for each statement execute function forest.region_note_tree();

-- Plots are no secret: whoever may ask the statistic may read its totals.
create or replace function forest.planted_totals(programme text, period_kind text, level text, by_kind text)
returns setof forest.planted_total language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.* from forest.planted_total t where t.programme = $1 and t.period_kind = $2 and t.level = $3 and t.by_kind = $4
    and t.plots > 0
$$;

-- Several programmes together, by the regions of a level (or all in one, level ''): the sum of theirs, less the ground that
-- one of them holds before another. Only plots that share ground with another programme's are looked at.
create index if not exists overlap_between on forest.overlap (later) where not is_one_programme;
create or replace function forest.planted_together(programmes text[], level text)
returns table (region text, plots numeric, gross_m2 numeric, net_m2 numeric, credited_m2 numeric, accepted_m2 numeric)
language sql stable security definer as $$
  with part as (
    select p.*, coalesce(a.ancestor, '') as place from forest.planted_part p
      left join forest.region_ancestor a on a.region = p.region and a.level = $2
    where p.programme = any(programmes) and p.plot in (
      select later from forest.overlap where not is_one_programme union select o.earlier from forest.overlap o
      where o.later in (select later from forest.overlap where not is_one_programme))
  ), pair as (
    select l.plot, l.place, l.area_m2, l.is_accepted, o.shape, o.area_m2 as shared_m2, o.is_one_programme,
      l.is_accepted and e.is_accepted as is_both_accepted
    from part l join forest.overlap o on o.later = l.plot join part e on e.plot = o.earlier and ($2 = '' or e.place = l.place)
  ), cut as (
    select place, area_m2, is_accepted,
      forest.union_area_m2(array_agg(shape), sum(shared_m2)) as all_m2,
      forest.union_area_m2(coalesce(array_agg(shape) filter (where is_one_programme), '{}'),
        sum(shared_m2) filter (where is_one_programme)) as one_m2,
      forest.union_area_m2(coalesce(array_agg(shape) filter (where is_both_accepted), '{}'),
        sum(shared_m2) filter (where is_both_accepted)) as accepted_all_m2,
      forest.union_area_m2(coalesce(array_agg(shape) filter (where is_both_accepted and is_one_programme), '{}'),
        sum(shared_m2) filter (where is_both_accepted and is_one_programme)) as accepted_one_m2
    from pair group by plot, place, area_m2, is_accepted having bool_or(not is_one_programme)
  ), together as (
    select t.region, t.plots, t.gross_m2, t.net_m2, t.credited_m2, t.accepted_m2 from forest.planted_total t
    where t.programme = any(programmes) and t.period_kind = 'all' and t.level = $2 and t.by_kind = '' and t.plots > 0
    union all
    select case when $2 = '' then '' else place end, 0, 0, (area_m2 - all_m2)::numeric - (area_m2 - one_m2)::numeric, 0,
      case when is_accepted then (area_m2 - accepted_all_m2)::numeric - (area_m2 - accepted_one_m2)::numeric else 0 end
    from cut
  )
  select t.region, sum(t.plots), sum(t.gross_m2), sum(t.net_m2), sum(t.credited_m2), sum(t.accepted_m2)
  from together t group by t.region
$$;

-- A ledger that was made before there were rollups gets them now.
do $$ begin
  if not exists (select from forest.planted_part) and exists (select from forest.planted) then
    perform forest.planted_rebuild();
  end if;
end $$;
