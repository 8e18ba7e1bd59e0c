-- Credit: every piece of ground that planted plots of one programme share is credited to one of them, the
-- first by planting date (unknown dates last), then receipt, then id. So the credits of a programme add up
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
  -- Everyone whose credit can change. Their credit rows are locked in order, because two distant writers
  -- may share one large neighbour.
  select array_agg(plot) into affected from (
    select later as plot from forest.overlap where earlier = any(changed)
    union
    select q.id from forest.plot p join forest.plot q
      on q.is_planted and q.ground && p.ground and q.id <> p.id and ST_Intersects(p.ground, q.ground)
      and (coalesce(q.planted_on, 'infinity'), q.received_at, q.id) > (coalesce(p.planted_on, 'infinity'), p.received_at, p.id)
    where p.id = any(changed) and p.is_planted
    union
    select unnest(changed)) a;
  perform from forest.credit where plot = any(affected) order by plot for update;

  -- From here on each statement sees what the writers before us have committed.
  delete from forest.overlap where earlier = any(changed) or later = any(changed);
  insert into forest.overlap (later, earlier, is_one_programme, shape, area_m2)
  select later, earlier, is_one_programme, shape, ST_Area(shape) from (
    select distinct on (later, earlier) later, earlier, is_one_programme,
      case when is_whole then forest.whole_ground(later_ground, earlier_ground)
        else forest.shared_ground(later_ground, earlier_ground) end as shape
    from (
      select p.programme = q.programme as is_one_programme,
        case when first then q.id else p.id end as later, case when first then p.id else q.id end as earlier,
        case when first then q.ground else p.ground end as later_ground,
        case when first then p.ground else q.ground end as earlier_ground,
        case when first then false else p.is_big and ST_Covers(p.ground, q.ground) end as is_whole
      from (select *, ST_NPoints(ground) > 500 as is_big from forest.plot
        where id = any(changed) and is_planted offset 0) p
      join forest.plot q on q.is_planted and q.ground && p.ground and q.id <> p.id
        and ST_Intersects(p.ground, q.ground)
      cross join lateral (select (coalesce(p.planted_on, 'infinity'), p.received_at, p.id)
        < (coalesce(q.planted_on, 'infinity'), q.received_at, q.id) as first offset 0) o) pairs) s
  where ST_Area(shape) > 0;

  delete from forest.credit c where plot = any(changed)
    and not exists (select from forest.plot p where p.id = c.plot and p.is_planted);
  insert into forest.credit as c (plot, credited_m2)
  select p.id, p.area_m2 - o.covered_m2 from forest.plot p
  cross join lateral (select forest.union_area_m2(coalesce(array_agg(shape), '{}'), sum(area_m2)) as covered_m2
    from forest.overlap where later = p.id and is_one_programme) o
  where p.id = any(affected) and p.is_planted
  on conflict (plot) do update set credited_m2 = excluded.credited_m2
    where c.credited_m2 is distinct from excluded.credited_m2;
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
    select q.id as later, p.id as earlier, p.programme = q.programme as is_one_programme,
      forest.shared_ground(q.ground, p.ground) as shape
    from forest.plot q join forest.plot p on p.is_planted and p.ground && q.ground and ST_Intersects(p.ground, q.ground)
      and (coalesce(p.planted_on, 'infinity'), p.received_at, p.id) < (coalesce(q.planted_on, 'infinity'), q.received_at, q.id)
    where q.is_planted) s
  where ST_Area(shape) > 0;
  insert into forest.credit (plot, credited_m2)
  select p.id, p.area_m2 - o.covered_m2 from forest.plot p
  cross join lateral (select forest.union_area_m2(coalesce(array_agg(shape), '{}'), sum(area_m2)) as covered_m2
    from forest.overlap where later = p.id and is_one_programme) o
  where p.is_planted;
end $$;

create or replace function forest.credit_settle_due() returns void language plpgsql as $$
declare plots uuid[]; boxes geometry[];
begin
  with due as (delete from forest.credit_due where transaction = pg_current_xact_id() returning *)
  select (select array_agg(distinct i) from due, unnest(due.plots) i),
         (select array_agg(b) from due, unnest(due.boxes) b) into plots, boxes;
  if plots is null then return; end if;
  -- Planning the spatial joins takes longer than running them for a few plots, not for many.
  perform set_config('plan_cache_mode', case when cardinality(plots) <= 8 then 'force_generic_plan' else 'auto' end, true);
  perform forest.credit_settle(plots, boxes);
end $$;

-- What is put off to the commit is done in one order, whatever was written first: two commits cannot deadlock.
create or replace function forest.settle_at_commit() returns trigger language plpgsql as $$
begin
  perform forest.credit_settle_due();
  perform forest.cells_settle_due();
  return null;
end $$;
drop trigger if exists credit_at_commit on forest.credit_due;
create constraint trigger credit_at_commit after insert on forest.credit_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();
drop function if exists forest.credit_at_commit();

create or replace function forest.credit_note() returns trigger language plpgsql set enable_nestloop = off as $$
declare plots uuid[]; boxes geometry[];
begin
  if tg_op = 'INSERT' then
    select array_agg(id), array_agg(ST_Envelope(ground)) into plots, boxes from after where is_planted;
  elsif tg_op = 'DELETE' then
    select array_agg(id), array_agg(ST_Envelope(ground)) into plots, boxes from before where is_planted;
  else
    select array_agg(distinct n.id), array_agg(ST_Envelope(v.ground)) into plots, boxes
    from after n join before o using (id)
    cross join lateral (values (o.ground, o.is_planted), (n.ground, n.is_planted)) v (ground, is_planted)
    where v.is_planted and (o.is_planted <> n.is_planted or o.programme <> n.programme
      or o.planted_on is distinct from n.planted_on or o.received_at <> n.received_at
      or ST_AsBinary(o.boundary) <> ST_AsBinary(n.boundary));
  end if;
  if plots is not null then insert into forest.credit_due (plots, boxes) values (plots, boxes); end if;
  return null;
end $$;
drop trigger if exists credit_inserted on forest.plot;
create trigger credit_inserted after insert on forest.plot
  referencing new table as after for each statement execute function forest.credit_note();
drop trigger if exists credit_updated on forest.plot;
create trigger credit_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.credit_note();
drop trigger if exists credit_deleted on forest.plot;
create trigger credit_deleted after delete on forest.plot
  referencing old table as before for each statement execute function forest.credit_note();
