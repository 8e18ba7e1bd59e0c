-- Plots: what the ledger derives from a boundary and from the plantings.

-- The same ground drawn from another corner, or the other way round, has the same hash; so has one whose
-- corners round to the same grid of `degrees` (1e-7 is a centimetre).
create or replace function forest.boundary_hash(boundary geometry, degrees float8 default 1e-7) returns text
language sql immutable parallel safe as $$
  select encode(sha256(ST_AsBinary(ST_Normalize(coalesce(ST_SnapToGrid(boundary, degrees), boundary)))), 'hex')
$$;

create or replace function forest.plot_derive() returns trigger language plpgsql as $$
begin
  new.boundary_hash := forest.boundary_hash(new.boundary);
  if new.region is null then
    new.region := forest.region_at(ST_PointOnSurface(new.boundary));
  end if;
  return new;
end $$;

drop trigger if exists plot_derive on forest.plot;
create trigger plot_derive before insert or update of boundary, region on forest.plot
  for each row execute function forest.plot_derive();

create or replace function forest.planting_settle(plantings uuid[], plots uuid[]) returns void
language plpgsql as $$
begin
  -- Two writers of plantings of one plot take turns; the later one's statements see what the first has written.
  perform from forest.plot where id = any(plots) order by id for no key update;
  delete from forest.planting_line where planting = any(plantings);
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

  update forest.plot p set is_planted = n.is_planted, planted_on = n.planted_on, species = n.species
  from (
    select t.plot, count(p.id) > 0 as is_planted, min(p.started_on) as planted_on,
      (select species from forest.plot_species s where s.plot = t.plot order by share desc, species limit 1) as species
    from unnest(plots) as t (plot) left join forest.planting p on p.plot = t.plot and p.kind = 'new'
    group by t.plot) n
  where p.id = n.plot
    and (p.is_planted, p.planted_on, p.species) is distinct from (n.is_planted, n.planted_on, n.species);
end $$;

create or replace function forest.planting_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform forest.planting_settle(array_agg(id), array_agg(distinct plot)) from after having count(*) > 0;
  elsif tg_op = 'DELETE' then
    perform forest.planting_settle(array_agg(id), array_agg(distinct plot)) from before having count(*) > 0;
  else
    perform forest.planting_settle(array_agg(distinct id), array_agg(distinct plot))
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
