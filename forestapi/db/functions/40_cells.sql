-- The grid pyramid behind the low zooms: exact counts of plots in cells, kept with every write.

create or replace function forest.cell_side_m(level int) returns float8
language sql immutable parallel safe as $$ select 40075016.685578488 / 2 ^ (level + 6) $$;

drop function if exists forest.cells_add(text[], geometry[], float8[], int[]);

-- All plots of a county meet in a few cells. They are written at the commit, in order, so that a long import
-- keeps nobody waiting at them and two writers of several plots cannot deadlock. A cell of the finest level
-- lies in one cell of each coarser one, half as many to the side each time.
create or replace function forest.cells_settle_due() returns void language sql as $$
  with due as (delete from forest.cell_due where transaction = pg_current_xact_id() returning *),
  fine as materialized (
    select programme, x, y, sum(n) as plots, sum(m2) as area_m2
    from due, unnest(programmes, xs, ys, plots, areas_m2) as d (programme, x, y, n, m2)
    group by programme, x, y having sum(n) <> 0 or sum(m2) <> 0)
  insert into forest.cell as c (level, x, y, programme, plots, area_m2)
  select l.level, x >> (10 - l.level), y >> (10 - l.level), programme, sum(plots), sum(area_m2)
  from fine, generate_series(4, 10) as l (level)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (level, x, y, programme) do update
    set plots = c.plots + excluded.plots, area_m2 = c.area_m2 + excluded.area_m2
$$;
drop trigger if exists cells_at_commit on forest.cell_due;
create constraint trigger cells_at_commit after insert on forest.cell_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

create or replace function forest.cell_column(shape geometry) returns int language sql immutable parallel safe as $$
  select floor((ST_X(ST_Centroid(shape)) + 20037508.342789244) / forest.cell_side_m(10))::int
$$;
create or replace function forest.cell_row(shape geometry) returns int language sql immutable parallel safe as $$
  select floor((ST_Y(ST_Centroid(shape)) + 20037508.342789244) / forest.cell_side_m(10))::int
$$;

-- The planner knows nothing of the size of transition tables: a nested loop over two of them is a trap.
create or replace function forest.cells_note() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  if tg_op = 'INSERT' then
    insert into forest.cell_due (programmes, xs, ys, plots, areas_m2)
    select array_agg(programme), array_agg(x), array_agg(y), array_agg(n), array_agg(m2) from (
      select programme, forest.cell_column(shape) as x, forest.cell_row(shape) as y, count(*)::int as n, sum(area_m2) as m2
      from after group by 1, 2, 3) c having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into forest.cell_due (programmes, xs, ys, plots, areas_m2)
    select array_agg(programme), array_agg(x), array_agg(y), array_agg(n), array_agg(m2) from (
      select programme, forest.cell_column(shape) as x, forest.cell_row(shape) as y, -count(*)::int as n, -sum(area_m2) as m2
      from before group by 1, 2, 3) c having count(*) > 0;
  else
    insert into forest.cell_due (programmes, xs, ys, plots, areas_m2)
    select array_agg(programme), array_agg(x), array_agg(y), array_agg(n), array_agg(m2) from (
      select d.programme, forest.cell_column(d.shape) as x, forest.cell_row(d.shape) as y,
        sum(d.sign)::int as n, sum(d.sign * d.area_m2) as m2
      from before o join after n using (id)
      cross join lateral (values (o.programme, o.shape, o.area_m2, -1), (n.programme, n.shape, n.area_m2, 1))
        as d (programme, shape, area_m2, sign)
      where o.programme <> n.programme or ST_AsBinary(o.shape) <> ST_AsBinary(n.shape)
      group by 1, 2, 3) c having count(*) > 0;
  end if;
  return null;
end $$;
drop trigger if exists cells_inserted on forest.plot;
create trigger cells_inserted after insert on forest.plot
  referencing new table as after for each statement execute function forest.cells_note();
drop trigger if exists cells_updated on forest.plot;
create trigger cells_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.cells_note();
drop trigger if exists cells_deleted on forest.plot;
create trigger cells_deleted after delete on forest.plot
  referencing old table as before for each statement execute function forest.cells_note();

-- The same cells by year of planting, of plots whose year is known. They follow forest.planted; what is taken away
-- is what was added, because the cell is found from the ground that the row itself holds.
create or replace function forest.cell_years_settle_due() returns void language sql as $$
  with due as (delete from forest.cell_year_due where transaction = pg_current_xact_id() returning *),
  fine as materialized (
    select programme, year, x, y, sum(n) as plots, sum(m2) as area_m2
    from due, unnest(programmes, years, xs, ys, plots, areas_m2) as d (programme, year, x, y, n, m2)
    group by programme, year, x, y having sum(n) <> 0 or sum(m2) <> 0)
  insert into forest.cell_year as c (level, x, y, programme, year, plots, area_m2)
  select l.level, x >> (10 - l.level), y >> (10 - l.level), programme, year, sum(plots), sum(area_m2)
  from fine, generate_series(4, 10) as l (level)
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (level, x, y, programme, year) do update
    set plots = c.plots + excluded.plots, area_m2 = c.area_m2 + excluded.area_m2
$$;
drop trigger if exists cell_years_at_commit on forest.cell_year_due;
create constraint trigger cell_years_at_commit after insert on forest.cell_year_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

create or replace function forest.cell_years_note() returns trigger language plpgsql set enable_nestloop = off as $$
declare
  -- rows of before count down and rows of after up; what stays as it was is left out
  changed constant text := case tg_op
    when 'INSERT' then 'select 1 as sign, programme, planted_on, area_m2, ground from after'
    when 'DELETE' then 'select -1 as sign, programme, planted_on, area_m2, ground from before'
    else 'select d.* from before o join after n using (plot)
      cross join lateral (values (-1, o.programme, o.planted_on, o.area_m2, o.ground),
        (1, n.programme, n.planted_on, n.area_m2, n.ground)) as d (sign, programme, planted_on, area_m2, ground)
      where (o.programme, extract(year from o.planted_on), ST_AsBinary(o.ground)) is distinct from
        (n.programme, extract(year from n.planted_on), ST_AsBinary(n.ground))' end;
begin
  execute format('insert into forest.cell_year_due (programmes, years, xs, ys, plots, areas_m2)
    select array_agg(programme), array_agg(year), array_agg(x), array_agg(y), array_agg(n), array_agg(m2) from (
      select programme, extract(year from planted_on)::int as year, forest.cell_column(shape) as x, forest.cell_row(shape) as y,
        sum(sign)::int as n, sum(sign * area_m2) as m2
      from (%s) r, lateral (select ST_Transform(r.ground, 3857) as shape offset 0) s
      where planted_on is not null group by 1, 2, 3, 4) c having count(*) > 0', changed);
  return null;
end $$;
drop trigger if exists cell_years_inserted on forest.planted;
create trigger cell_years_inserted after insert on forest.planted
  referencing new table as after for each statement execute function forest.cell_years_note();
drop trigger if exists cell_years_updated on forest.planted;
create trigger cell_years_updated after update on forest.planted
  referencing old table as before new table as after for each statement execute function forest.cell_years_note();
drop trigger if exists cell_years_deleted on forest.planted;
create trigger cell_years_deleted after delete on forest.planted
  referencing old table as before for each statement execute function forest.cell_years_note();
