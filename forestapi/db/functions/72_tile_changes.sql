-- Where the map has changed: read by every process that keeps tiles (forestapi/store/tile_changes.py). A row is seen by
-- others when its transaction is committed, together with the change itself.

-- Of many changes in one statement (an import) the box around all of them is kept.
create or replace function forest.tile_changed(layer text, boxes box2d[]) returns void language sql as $$
  insert into forest.tile_change (layer, boxes)
  select $1, case when count(*) <= 64 then array_agg(array[w, s, e, n]) else array[array[min(w), min(s), max(e), max(n)]] end
  from (select greatest(ST_XMin(b), -2.1e7) as w, greatest(ST_YMin(b), -2.1e7) as s,
      least(ST_XMax(b), 2.1e7) as e, least(ST_YMax(b), 2.1e7) as n
    from unnest($2) as u (b) where b is not null) c
  having count(*) > 0
$$;

create or replace function forest.tile_note_plots() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform forest.tile_changed('plots', array_agg(shape::box2d)) from after;
  elsif tg_op = 'DELETE' then
    perform forest.tile_changed('plots', array_agg(shape::box2d)) from before;
  else
    perform forest.tile_changed('plots', array_agg(shape::box2d))
      from (select shape from before union all select shape from after) c;
  end if;
  return null;
end $$;

-- What is told of a plot besides its boundary stands in its plantings and surveys.
create or replace function forest.tile_note_of_plots() returns trigger language plpgsql as $$
declare plots uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct plot) into plots from after;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct plot) into plots from before;
  else
    select array_agg(distinct plot) into plots from (select plot from before union all select plot from after) c;
  end if;
  perform forest.tile_changed('plots', array_agg(shape::box2d)) from forest.plot where id = any(plots);
  return null;
end $$;

-- Where there are no provinces, smaller regions are drawn from afar: the first and the last one change every tile.
create or replace function forest.tile_note_regions() returns trigger language plpgsql as $$
declare has_province boolean; boxes box2d[];
begin
  if tg_op = 'INSERT' then
    select bool_or(level = 'province'), array_agg(shape::box2d) into has_province, boxes from after;
  elsif tg_op = 'DELETE' then
    select bool_or(level = 'province'), array_agg(shape::box2d) into has_province, boxes from before;
  else
    select bool_or(level = 'province'), array_agg(shape::box2d) into has_province, boxes
      from (select level, shape from before union all select level, shape from after) c;
  end if;
  if has_province then
    insert into forest.tile_change (layer) values ('regions');
  else
    perform forest.tile_changed('regions', boxes);
  end if;
  return null;
end $$;

-- A programme's plots lie anywhere; programmes change seldom.
create or replace function forest.tile_note_programmes() returns trigger language plpgsql as $$
begin
  insert into forest.tile_change (layer) select 'plots' where exists (select from before);
  return null;
end $$;

do $$
declare watched record;
begin
  for watched in select * from (values ('plot', 'tile_note_plots'), ('planting', 'tile_note_of_plots'),
    ('survey', 'tile_note_of_plots'), ('region', 'tile_note_regions')) as w (name, noted_by)
  loop
    execute format('create or replace trigger tiles_inserted after insert on forest.%I referencing new table as after
      for each statement execute function forest.%I()', watched.name, watched.noted_by);
    execute format('create or replace trigger tiles_updated after update on forest.%I referencing old table as before
      new table as after for each statement execute function forest.%I()', watched.name, watched.noted_by);
    execute format('create or replace trigger tiles_deleted after delete on forest.%I referencing old table as before
      for each statement execute function forest.%I()', watched.name, watched.noted_by);
  end loop;
end $$;
create or replace trigger tiles_updated after update on forest.programme
  referencing old table as before for each statement execute function forest.tile_note_programmes();

-- These functions are new or have changed: nobody's tiles are what they would be now.
insert into forest.tile_change default values;
