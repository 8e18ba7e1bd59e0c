-- Plots: what the ledger derives from a boundary and from the plantings.

-- The same ground drawn from another corner, or the other way round, has the same hash; so has one whose
-- corners round to the same grid of `degrees` (1e-7 is a centimetre).
create or replace function forest.boundary_hash(boundary geometry, degrees float8 default 1e-7) returns text
language sql immutable parallel safe as $$
  select encode(sha256(ST_AsBinary(ST_Normalize(coalesce(ST_SnapToGrid(boundary, degrees), boundary)))), 'hex')
$$;

create or replace function forest.plot_derive() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or ST_AsBinary(old.boundary) <> ST_AsBinary(new.boundary) then
    new.boundary_hash := forest.boundary_hash(new.boundary);
  end if;
  if new.region is null then
    new.region := forest.region_at(ST_PointOnSurface(new.boundary));
  end if;
  return new;
end $$;

drop trigger if exists plot_derive on forest.plot;
-- Not where a whole statement has derived both already (store/records.py).
create or replace trigger plot_derive_new before insert on forest.plot
  for each row when (new.boundary_hash is null or new.region is null) execute function forest.plot_derive();
create or replace trigger plot_derive_changed before update of boundary, region on forest.plot
  for each row execute function forest.plot_derive();

-- Bring forest.planted up to what the plots and their plantings say.
-- This function and the next go by the keys always: a plan that reads a whole table, made while it was empty or for a batch of many, would read all
-- that a load has written so far again for each of its batches.
create or replace function forest.planted_settle(plots uuid[]) returns void
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  delete from forest.planted d where d.plot = any(plots)
    and not exists (select from forest.planting p where p.plot = d.plot and p.kind = 'new');
  insert into forest.planted as d (plot, programme, received_at, planted_on, species, area_m2, ground)
  select p.id, p.programme, p.received_at, n.planted_on,
    (select s.species from forest.plot_species s where s.plot = p.id order by s.share desc, s.species limit 1),
    p.area_m2, ST_Transform(p.boundary, 6933)
  from forest.plot p cross join lateral (select min(started_on) as planted_on from forest.planting
    where plot = p.id and kind = 'new' having count(*) > 0) n
  where p.id = any(plots) order by p.id
  on conflict (plot) do update set programme = excluded.programme, received_at = excluded.received_at,
    planted_on = excluded.planted_on, species = excluded.species, area_m2 = excluded.area_m2, ground = excluded.ground
  where (d.programme, d.received_at, d.planted_on, d.species, ST_AsBinary(d.ground)) is distinct from
    (excluded.programme, excluded.received_at, excluded.planted_on, excluded.species, ST_AsBinary(excluded.ground));
end $$;

create or replace function forest.planting_settle(plantings uuid[], plots uuid[], is_new boolean) returns void
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  -- Two writers of plantings of one plot take turns; the later one's statements see what the first has written.
  perform from forest.plot where id = any(plots) order by id for no key update;
  if not is_new then
    delete from forest.planting_line where planting = any(plantings);
  end if;
  insert into forest.planting_line (planting, plot, species, design_holes, planted_count)
  select p.id, p.plot, l.species, sum(l.design_holes), sum(l.planted_count)
  from forest.planting p,
    jsonb_to_recordset(p.lines) as l (species text, design_holes bigint, planted_count bigint)
  where p.id = any(plantings) group by p.id, p.plot, l.species;

  delete from forest.plot_species where plot = any(plots);
  insert into forest.plot_species (plot, species, share)
  select plot, species, share from (
    select plot, species,
      case when sum(holes) over w > 0 then holes / sum(holes) over w else 1.0 / count(*) over w end as share
    from (select l.plot, l.species, sum(l.design_holes)::float8 as holes
      from forest.planting_line l join forest.planting p on p.id = l.planting
      where l.plot = any(plots) and p.kind = 'new' group by l.plot, l.species) h
    window w as (partition by plot)) s
  where share > 0;

  perform forest.planted_settle(plots);
  insert into forest.planted_due (plots) values (plots);
  insert into forest.survival_due (plots)
  select array_agg(distinct plot) from forest.survey where plot = any(plots) having count(*) > 0;
end $$;
drop function if exists forest.planting_settle(uuid[], uuid[]);

create or replace function forest.planting_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform forest.planting_settle(array_agg(id), array_agg(distinct plot), true) from after having count(*) > 0;
  elsif tg_op = 'DELETE' then
    perform forest.planting_settle(array_agg(id), array_agg(distinct plot), false) from before having count(*) > 0;
  else
    perform forest.planting_settle(array_agg(distinct id), array_agg(distinct plot), false)
      from (select id, plot from before union all select id, plot from after) c having count(*) > 0;
  end if;
  return null;
end $$;

drop trigger if exists planting_inserted on forest.planting;
create trigger planting_inserted after insert on forest.planting
  referencing new table as after for each statement execute function forest.planting_changed();
drop trigger if exists planting_updated on forest.planting;
create trigger planting_updated after update on forest.planting
  referencing old table as before new table as after for each statement execute function forest.planting_changed();
drop trigger if exists planting_deleted on forest.planting;
create trigger planting_deleted after delete on forest.planting
  referencing old table as before for each statement execute function forest.planting_changed();

-- The planner knows nothing of the size of transition tables: a nested loop over two of them is a trap.
create or replace function forest.plot_changed() returns trigger language plpgsql set enable_nestloop = off as $$
declare changed uuid[];
begin
  select array_agg(id) into changed from before o join after n using (id)
  where (o.programme, o.received_at, ST_AsBinary(o.boundary)) is distinct from
    (n.programme, n.received_at, ST_AsBinary(n.boundary));
  if changed is not null then perform forest.planted_settle(changed); end if;
  return null;
end $$;
drop trigger if exists plot_updated on forest.plot;
create trigger plot_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.plot_changed();
