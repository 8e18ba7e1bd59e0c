-- Regions: their tree, and finding the smallest one that holds a point.

create or replace function forest.region_at(point geometry) returns text
language sql stable parallel safe as $$
  select region from forest.region_piece where ST_Intersects(piece, point) order by depth desc, region limit 1
$$;

-- How deep each level lies; the deepest region that holds a point is the plot's.
create or replace function forest.region_depth(level text) returns int
language sql immutable parallel safe as $$
  select array_position(array['province', 'prefecture', 'county', 'township', 'village'], level)
$$;

create or replace function forest.region_changed() returns trigger language plpgsql as $$
begin
  -- The tree is what plots are grouped by: their writers are waited for first, as they wait for the tree last.
  perform pg_advisory_xact_lock(4777::bigint << 48);
  perform pg_advisory_xact_lock(4778::bigint << 48);  -- the tree is written whole, by one writer at a time
  delete from forest.region_ancestor;
  insert into forest.region_ancestor (region, level, ancestor)
  with recursive tree as (
    select code as region, code as ancestor, level, parent, 1 as steps from forest.region
    union all
    select t.region, r.code, r.level, r.parent, t.steps + 1
    from tree t join forest.region r on r.code = t.parent where t.steps < 10
  )
  select distinct on (region, level) region, level, ancestor from tree order by region, level, steps;

  delete from forest.region_piece where region in (select code from changed);
  insert into forest.region_piece (region, depth, piece)
  select code, forest.region_depth(level), ST_Subdivide(boundary, 64) from changed where boundary is not null;

  update forest.plot p set region = forest.region_at(ST_PointOnSurface(p.boundary))
  where p.region is null and exists (select from forest.region_piece c, changed g
    where c.region = g.code and ST_Intersects(c.piece, p.boundary));
  return null;
end $$;

drop trigger if exists region_inserted on forest.region;
create trigger region_inserted after insert on forest.region
  referencing new table as changed for each statement execute function forest.region_changed();
drop trigger if exists region_updated on forest.region;
create trigger region_updated after update on forest.region
  referencing new table as changed for each statement execute function forest.region_changed();
