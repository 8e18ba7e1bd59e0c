-- Credit: every piece of ground that planted plots of one programme share is credited to one of them, the
-- first by rank (32_overlap_decisions.sql: 0, unless a decision sets a plot back), then planting date (unknown dates
-- last), then receipt, then id. So the credits of a programme add up
-- to the area of its union. A write settles once, at its commit, and touches only its neighbours.

-- The ground that two plots share, in metres from the lower left corner of the later one: GEOS snaps with a
-- tolerance that grows with the coordinates, and near the origin it is far below a square millimetre.
create or replace function forest.shared_ground(later geometry, earlier geometry) returns geometry
language sql immutable parallel safe as $$
  select ST_CollectionExtract(ST_Intersection(
    ST_SetSRID(ST_Translate(later, -floor(ST_XMin(later)), -floor(ST_YMin(later))), 0),
    ST_SetSRID(ST_Translate(earlier, -floor(ST_XMin(later)), -floor(ST_YMin(later))), 0)), 3)
$$;

-- The same where the later plot's ground holds all of the earlier one's, and no overlay is needed.
create or replace function forest.whole_ground(later geometry, earlier geometry) returns geometry
language sql immutable parallel safe as $$
  select ST_SetSRID(ST_Translate(earlier, -floor(ST_XMin(later)), -floor(ST_YMin(later))), 0)
$$;

-- Area of the pieces of ground that others hold before a plot; the pieces may overlap each other.
create or replace function forest.union_area_m2(pieces geometry[], total_m2 float8) returns float8
language sql immutable parallel safe as $$
  select case cardinality(pieces) when 0 then 0 when 1 then total_m2
    else ST_Area(ST_UnaryUnion(ST_Collect(pieces))) end
$$;

-- Writers whose boxes share a 2 km cell take turns; a write over very many cells takes its turn alone.
create or replace function forest.credit_lock(boxes geometry[]) returns void language plpgsql as $$
declare
  tree constant bigint := 4777::bigint << 48;
  side_m constant float8 := 2000;
  cells bigint[];
  cell bigint;
  wanted bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'plots are written at READ COMMITTED' using errcode = '25001';
  end if;
  if cardinality(boxes) > 4000 then  -- each is in a cell at least
    perform pg_advisory_xact_lock(tree);
    return;
  end if;
  select sum((floor(ST_XMax(b) / side_m) - floor(ST_XMin(b) / side_m) + 1)
           * (floor(ST_YMax(b) / side_m) - floor(ST_YMin(b) / side_m) + 1)) into wanted from unnest(boxes) b;
  if wanted <= 4000 then
    select array_agg(distinct c order by c) into cells from (
      select tree + 1 + (((i + (1 << 22)) << 23) | (j + (1 << 22))) as c from unnest(boxes) b,
        generate_series(floor(ST_XMin(b) / side_m)::bigint, floor(ST_XMax(b) / side_m)::bigint) i,
        generate_series(floor(ST_YMin(b) / side_m)::bigint, floor(ST_YMax(b) / side_m)::bigint) j) t;
  end if;
  if wanted > 4000 or cardinality(cells) > 256 then
    perform pg_advisory_xact_lock(tree);
    return;
  end if;
  perform pg_advisory_xact_lock_shared(tree);
  foreach cell in array cells loop perform pg_advisory_xact_lock(cell); end loop;
end $$;

create or replace function forest.credit_settle(changed uuid[], boxes geometry[]) returns void
language plpgsql as $$
declare affected uuid[];
begin
  perform forest.credit_lock(boxes);
  -- From here on each statement sees what the writers before us have committed. Whoever else could write a pair of these
  -- plots waits for us. A pair of two of them is found from its later plot alone.
  with gone as (
    delete from forest.overlap where earlier = any(changed) or later = any(changed) returning later)
  select array_agg(distinct later) into affected from gone;
  with made as (
    insert into forest.overlap (later, earlier, is_one_programme, shape, area_m2)
    select later, earlier, is_one_programme, shape, ST_Area(shape) from (
      select later, earlier, is_one_programme,
        case when is_whole then forest.whole_ground(later_ground, earlier_ground)
          else forest.shared_ground(later_ground, earlier_ground) end as shape
      from (
        select p.programme = q.programme as is_one_programme,
          case when first then q.plot else p.plot end as later, case when first then p.plot else q.plot end as earlier,
          case when first then q.ground else p.ground end as later_ground,
          case when first then p.ground else q.ground end as earlier_ground,
          case when first then false else p.is_big and ST_Covers(p.ground, q.ground) end as is_whole
        from (select *, ST_NPoints(ground) > 500 as is_big from forest.planted where plot = any(changed) offset 0) p
        join forest.planted q on q.ground && p.ground and q.plot <> p.plot and ST_Intersects(p.ground, q.ground)
        cross join lateral (select (coalesce((select rank from forest.overlap_rank where plot = p.plot), 0), coalesce(p.planted_on, 'infinity'), p.received_at, p.plot)
          < (coalesce((select rank from forest.overlap_rank where plot = q.plot), 0), coalesce(q.planted_on, 'infinity'), q.received_at, q.plot) as first offset 0) o
        where not first or q.plot <> all(changed)) pairs) s
    where ST_Area(shape) > 0 returning later)
  select array_agg(plot) into affected from (
    select unnest(affected) as plot union select later from made union select unnest(changed)) a;

  -- Everyone whose credit can change. Their credit rows are locked in order, because two distant writers
  -- may share one large neighbour.
  perform from forest.credit where plot = any(affected) order by plot for update;
  delete from forest.credit c where plot = any(changed)
    and not exists (select from forest.planted p where p.plot = c.plot);
  insert into forest.credit as c (plot, credited_m2)
  select p.plot, p.area_m2 - coalesce(o.covered_m2, 0) from forest.planted p
  left join (select later, forest.union_area_m2(array_agg(shape), sum(area_m2)) as covered_m2
    from forest.overlap where later = any(affected) and is_one_programme group by later) o on o.later = p.plot
  where p.plot = any(affected)
  on conflict (plot) do update set credited_m2 = excluded.credited_m2
    where c.credited_m2 is distinct from excluded.credited_m2;
  insert into forest.planted_due (credited) values (affected);
end $$;

-- All of it from nothing, set by set: the check of the above, and the repair.
create or replace function forest.credit_rebuild() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(4777::bigint << 48);
  lock table forest.credit, forest.overlap in exclusive mode;
  delete from forest.overlap;
  delete from forest.credit;
  insert into forest.overlap (later, earlier, is_one_programme, shape, area_m2)
  select later, earlier, is_one_programme, shape, ST_Area(shape) from (
    select q.plot as later, p.plot as earlier, p.programme = q.programme as is_one_programme,
      forest.shared_ground(q.ground, p.ground) as shape
    from forest.planted q join forest.planted p on p.ground && q.ground and ST_Intersects(p.ground, q.ground)
      and (coalesce((select rank from forest.overlap_rank where plot = p.plot), 0), coalesce(p.planted_on, 'infinity'), p.received_at, p.plot) < (coalesce((select rank from forest.overlap_rank where plot = q.plot), 0), coalesce(q.planted_on, 'infinity'), q.received_at, q.plot)
    ) s
  where ST_Area(shape) > 0;
  insert into forest.credit (plot, credited_m2)
  select p.plot, p.area_m2 - coalesce(o.covered_m2, 0) from forest.planted p
  left join (select later, forest.union_area_m2(array_agg(shape), sum(area_m2)) as covered_m2
    from forest.overlap where is_one_programme group by later) o on o.later = p.plot;
  insert into forest.planted_due (is_all) values (true);
end $$;

create or replace function forest.credit_settle_due() returns void language plpgsql as $$
declare plots uuid[]; boxes geometry[];
begin
  with due as (delete from forest.credit_due where transaction = pg_current_xact_id() returning *)
  select (select array_agg(distinct i) from due, unnest(due.plots) i),
         (select array_agg(b) from due, unnest(due.boxes) b) into plots, boxes;
  -- Plots that stay where they are and change their group (functions/66_planted_totals.sql) take the same turns.
  boxes := boxes || array(select ST_Envelope(ground) from forest.planted where plot in (
    select unnest(d.plots) from forest.planted_due d where d.transaction = pg_current_xact_id() except select unnest(plots)));
  if plots is null then
    if cardinality(boxes) > 0 then perform forest.credit_lock(boxes); end if;
    return;
  end if;
  -- Planning the spatial joins takes longer than running them for a few plots, not for many.
  perform set_config('plan_cache_mode', case when cardinality(plots) <= 8 then 'force_generic_plan' else 'force_custom_plan' end, true);
  perform forest.credit_settle(plots, boxes);
end $$;

-- What is put off to the commit is done in one order, whatever was written first: two commits cannot deadlock.
create or replace function forest.settle_at_commit() returns trigger language plpgsql as $$
begin
  perform forest.credit_settle_due();
  perform forest.cells_settle_due();
  perform forest.cell_years_settle_due();
  perform forest.work_settle_due();
  perform forest.planted_settle_due();
  perform forest.survival_settle_due();
  return null;
end $$;
drop trigger if exists credit_at_commit on forest.credit_due;
create constraint trigger credit_at_commit after insert on forest.credit_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();
drop function if exists forest.credit_at_commit();

-- The planner knows nothing of the size of transition tables: a nested loop over two of them is a trap.
create or replace function forest.credit_note() returns trigger language plpgsql set enable_nestloop = off as $$
declare plots uuid[]; boxes geometry[];
begin
  if tg_op = 'INSERT' then
    select array_agg(plot), array_agg(ST_Envelope(ground)) into plots, boxes from after;
  elsif tg_op = 'DELETE' then
    select array_agg(plot), array_agg(ST_Envelope(ground)) into plots, boxes from before;
  else
    select array_agg(distinct plot), array_agg(ST_Envelope(v.ground)) into plots, boxes
    from after n join before o using (plot)
    cross join lateral (values (o.ground), (n.ground)) v (ground)
    where (o.programme, o.planted_on, o.received_at, ST_AsBinary(o.ground)) is distinct from
      (n.programme, n.planted_on, n.received_at, ST_AsBinary(n.ground));
  end if;
  if plots is not null then insert into forest.credit_due (plots, boxes) values (plots, boxes); end if;
  return null;
end $$;
drop trigger if exists credit_inserted on forest.planted;
create trigger credit_inserted after insert on forest.planted
  referencing new table as after for each statement execute function forest.credit_note();
drop trigger if exists credit_updated on forest.planted;
create trigger credit_updated after update on forest.planted
  referencing old table as before new table as after for each statement execute function forest.credit_note();
drop trigger if exists credit_deleted on forest.planted;
create trigger credit_deleted after delete on forest.planted
  referencing old table as before for each statement execute function forest.credit_note();
