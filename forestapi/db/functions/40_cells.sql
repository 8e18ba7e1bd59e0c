-- The grid pyramid behind the low zooms: exact counts of plots in cells, kept with every write.

create or replace function forest.cell_side_m(level int) returns float8
language sql immutable parallel safe as $$ select 40075016.685578488 / 2 ^ (level + 6) $$;

create or replace function forest.cells_add(programmes text[], centres geometry[], areas_m2 float8[], signs int[])
returns void language sql as $$
  insert into forest.cell as c (level, x, y, programme, plots, area_m2)
  select level, x, y, programme, sum(sign), sum(sign * area_m2) from (
    select l.level, d.programme, sign, area_m2,
      floor((ST_X(centre) + 20037508.342789244) / forest.cell_side_m(l.level))::int as x,
      floor((ST_Y(centre) + 20037508.342789244) / forest.cell_side_m(l.level))::int as y
    from unnest(programmes, centres, areas_m2, signs) as d (programme, centre, area_m2, sign),
      generate_series(4, 10) as l (level)) d
  group by level, x, y, programme having sum(sign) <> 0 or sum(sign * area_m2) <> 0
  order by level, x, y, programme
  on conflict (level, x, y, programme) do update
    set plots = c.plots + excluded.plots, area_m2 = c.area_m2 + excluded.area_m2
$$;

-- The planner knows nothing of the size of transition tables: a nested loop over two of them is a trap.
-- All plots of a county meet in a few cells. They are written at the commit, in order, so that a long import
-- keeps nobody waiting at them and two writers of several plots cannot deadlock.
create unlogged table if not exists forest.cell_due (
  transaction xid8 not null default pg_current_xact_id(),
  programmes text[] not null, centres geometry[] not null, areas_m2 float8[] not null, signs int[] not null
);
create index if not exists cell_due_transaction on forest.cell_due (transaction);

create or replace function forest.cells_settle_due() returns void language sql as $$
  with due as (delete from forest.cell_due where transaction = pg_current_xact_id() returning *)
  select forest.cells_add(array_agg(programme), array_agg(centre), array_agg(area_m2), array_agg(sign))
    from due, unnest(programmes, centres, areas_m2, signs) as d (programme, centre, area_m2, sign) having count(*) > 0
$$;
drop trigger if exists cells_at_commit on forest.cell_due;
create constraint trigger cells_at_commit after insert on forest.cell_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

create or replace function forest.cells_note() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into forest.cell_due (programmes, centres, areas_m2, signs)
    select array_agg(programme), array_agg(ST_Centroid(shape)), array_agg(area_m2), array_agg(1)
      from after having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into forest.cell_due (programmes, centres, areas_m2, signs)
    select array_agg(programme), array_agg(ST_Centroid(shape)), array_agg(area_m2), array_agg(-1)
      from before having count(*) > 0;
  else
    insert into forest.cell_due (programmes, centres, areas_m2, signs)
    select array_agg(d.programme), array_agg(ST_Centroid(d.shape)), array_agg(d.area_m2), array_agg(d.sign)
      from before o join after n using (id)
      cross join lateral (values (o.programme, o.shape, o.area_m2, -1), (n.programme, n.shape, n.area_m2, 1))
        as d (programme, shape, area_m2, sign)
      where o.programme <> n.programme or ST_AsBinary(o.shape) <> ST_AsBinary(n.shape)
      having count(*) > 0;
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
