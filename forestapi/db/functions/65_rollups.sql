-- Rollups: what green work adds up to, kept with every write, for the groupings that are asked for most. They are
-- a cache of the statistic over forest.work (approved and paid shifts) and can be dropped: the next migration
-- makes them again from the rows, as `forest check figures --rebuild` does. docs/decisions/0025 says why so.

-- What a worker did in a month, place and activity; `days` has a bit for each day of the month.
create table if not exists forest.work_person (
  worker uuid not null, month date not null, programme text not null, region text not null, activity text not null,
  sex text not null, shifts int not null, days int not null, hours numeric not null, wages_yuan numeric not null,
  primary key (worker, month, programme, region, activity)
);
-- period_kind: all, year, quarter, month; level: '' or a level of regions; by_kind: '' or sex or activity.
-- An empty region is work outside any region of the level.
create table if not exists forest.work_total (
  programme text not null, period_kind text not null, level text not null, by_kind text not null,
  period text not null, region text not null, value text not null,
  shifts bigint not null, days bigint not null, workers bigint not null, hours numeric not null, wages_yuan numeric not null,
  primary key (programme, period_kind, level, by_kind, period, region, value)
);
-- What this transaction has touched: months of workers, whole workers, plots and crews whose shifts stand elsewhere
-- now, or all of it.
create table if not exists forest.work_due (
  transaction xid8 not null default pg_current_xact_id(), workers uuid[] not null default '{}', months date[] not null default '{}',
  people uuid[] not null default '{}', plots uuid[] not null default '{}', crews text[] not null default '{}',
  is_all boolean not null default false
);
create index if not exists work_due_transaction on forest.work_due (transaction);

-- Was the worker counted in a group already, in a month of its span other than these? `kind` of span: 0 all time,
-- 1 a year, 2 a quarter, 3 a month, counted since year 0.
drop function if exists forest.work_is_counted(uuid, text, text, date, text, text, text, text, date[]);
create or replace function forest.work_is_counted(worker uuid, programme text, kind int, span int, level text,
  region text, by_kind text, value text, months date[]) returns boolean language sql stable as $$
  select exists (select from forest.work_person o where o.worker = $1 and o.programme = $2 and o.month <> all(months)
    and (kind = 0 or span = ((extract(year from o.month) * 12 + extract(month from o.month))::int - 1) / case kind when 1 then 12 when 2 then 3 else 1 end)
    and (level = '' or $6 = coalesce((select r.ancestor from forest.region_ancestor r where r.region = o.region and r.level = $5), ''))
    and case by_kind when '' then true when 'sex' then o.sex = value else o.activity = value end)
$$;

-- Bring the months of these workers up to the rows, and add the difference to the totals. Months share no days and
-- no shifts, so only the touched ones differ; of the others
-- it matters whether the worker was counted there already; `is_all` says that there are no others.
create or replace function forest.work_settle(workers uuid[], months date[], is_all boolean) returns void
language sql set work_mem = '128MB' set jit = off as $$
  with pair as materialized (
    select distinct worker, month from unnest(workers, months) as p (worker, month)
  ), fresh as materialized (
    select w.worker, p.month, w.programme, coalesce(w.region, '') as region, w.activity, w.sex, count(*)::int as shifts,
      bit_or(1 << extract(day from w.happened_on)::int - 1) as days, sum(w.hours) as hours, sum(w.wage_yuan) as wages_yuan
    from pair p join forest.work w on w.worker = p.worker
      and w.happened_on >= p.month and w.happened_on < (p.month + interval '1 month')::date
    where w.status = 'approved' and w.is_paid group by 1, 2, 3, 4, 5, 6
  ), stale as materialized (
    select o.* from pair p join forest.work_person o on o.worker = p.worker and o.month = p.month
  ), atom as materialized (
    select a.*, (extract(year from month) * 12 + extract(month from month))::int - 1 as m
    from (select -1 as sign, stale.* from stale union all select 1, fresh.* from fresh) a
  -- Groups are numbered, and spans of time counted in months, quarters and years since year 0: the large sets
  -- below are told apart by numbers, not by texts.
  ), cell as materialized (
    select row_number() over () as cell, c.* from (select distinct programme, region, activity, sex from atom) c
  ), within as materialized (
    select c.cell, c.programme, l.level, case when l.level = '' then '' else coalesce((select r.ancestor
        from forest.region_ancestor r where r.region = c.region and r.level = l.level), '') end as region, b.kind as by_kind, b.value
    from cell c cross join (values (''), ('province'), ('prefecture'), ('county')) as l (level)
    cross join lateral (values ('', ''), ('sex', c.sex), ('activity', c.activity)) as b (kind, value)
  ), named as materialized (
    select row_number() over () as number, g.* from (select distinct programme, level, region, by_kind, value from within) g
  ), group_of as materialized (
    select w.cell, n.number from within w join named n using (programme, level, region, by_kind, value)
  ), part as materialized (
    -- one row for a worker, a month and a group: days that several activities or places share are one
    select a.sign, a.worker, a.m, g.number, sum(a.shifts) as shifts, bit_count(bit_or(a.days)::bit(32)) as days,
      sum(a.hours) as hours, sum(a.wages_yuan) as wages_yuan
    from atom a join cell c using (programme, region, activity, sex) join group_of g using (cell) group by 1, 2, 3, 4
  ), sums as (
    select number, s.kind, s.span, sum(shifts) as shifts, sum(days) as days, sum(hours) as hours, sum(wages_yuan) as wages_yuan
    from (select number, m, sum(sign * shifts) as shifts, sum(sign * days) as days, sum(sign * hours) as hours,
        sum(sign * wages_yuan) as wages_yuan from part group by 1, 2) p
      cross join lateral (values (0, 0), (1, m / 12), (2, m / 3), (3, m)) as s (kind, span) group by 1, 2, 3
  ), head as (
    select worker, number, s.kind, s.span, (max(sign) + min(sign)) / 2 as heads
    from part cross join lateral (values (0, 0), (1, m / 12), (2, m / 3), (3, m)) as s (kind, span)
    group by 1, 2, 3, 4 having max(sign) + min(sign) <> 0
  ), new_head as (
    select h.number, h.kind, h.span, sum(h.heads) as workers from head h join named n using (number)
    where is_all or h.kind = 3 or not forest.work_is_counted(h.worker, n.programme, h.kind, h.span, n.level, n.region,
      n.by_kind, n.value, array(select month from pair where pair.worker = h.worker))
    group by 1, 2, 3
  ), difference as materialized (
    select n.programme, (array['all', 'year', 'quarter', 'month'])[kind + 1] as period_kind, n.level, n.by_kind,
      case kind when 0 then '' when 1 then to_char(span, 'FM0000') when 2 then to_char(span / 4, 'FM0000"-Q"') || span % 4 + 1
        else to_char(span / 12, 'FM0000-') || to_char(span % 12 + 1, 'FM00') end as period, n.region, n.value,
      s.shifts, s.days, coalesce(h.workers, 0) as workers, s.hours, s.wages_yuan
    from sums s left join new_head h using (number, kind, span) join named n using (number)
    where s.shifts <> 0 or s.days <> 0 or h.workers <> 0 or s.hours <> 0 or s.wages_yuan <> 0
  ), gone as (
    delete from forest.work_person o using stale s
    where (o.worker, o.month, o.programme, o.region, o.activity) = (s.worker, s.month, s.programme, s.region, s.activity)
      and not exists (select from fresh f
        where (f.worker, f.month, f.programme, f.region, f.activity) = (s.worker, s.month, s.programme, s.region, s.activity))
  ), kept as (
    insert into forest.work_person as o (worker, month, programme, region, activity, sex, shifts, days, hours, wages_yuan)
    select worker, month, programme, region, activity, sex, shifts, days, hours, wages_yuan from fresh
    on conflict (worker, month, programme, region, activity) do update set sex = excluded.sex, shifts = excluded.shifts,
      days = excluded.days, hours = excluded.hours, wages_yuan = excluded.wages_yuan
  )
  insert into forest.work_total as t (programme, period_kind, level, by_kind, period, region, value,
    shifts, days, workers, hours, wages_yuan)
  select * from difference order by programme, period_kind, level, by_kind, period, region, value
  on conflict (programme, period_kind, level, by_kind, period, region, value) do update set
    shifts = t.shifts + excluded.shifts, days = t.days + excluded.days, workers = t.workers + excluded.workers,
    hours = t.hours + excluded.hours, wages_yuan = t.wages_yuan + excluded.wages_yuan
$$;

-- Writers that share a worker take turns, from here to their commit; 64 turns for all workers, taken in order. Who
-- moves a plot or a crew takes all of them, so that no shift that is being written there is missed.
create or replace function forest.work_lock(workers uuid[]) returns void language plpgsql as $$
declare turn int;
begin
  for turn in select distinct uuid_hash(w) & 63 from unnest(workers) w order by 1 loop
    perform pg_advisory_xact_lock((4778::bigint << 48) + turn);
  end loop;
end $$;
create or replace function forest.work_lock_all() returns void language plpgsql as $$
begin
  for turn in 0..63 loop perform pg_advisory_xact_lock((4778::bigint << 48) + turn); end loop;
end $$;

-- In parts of a few hundred workers, so that the memory does not grow with an import.
create or replace function forest.work_settle_all(workers uuid[], months date[], is_all boolean) returns void language plpgsql as $$
declare part record;
begin
  for part in select array_agg(worker) as workers, array_agg(month) as months from (
      select worker, month, (dense_rank() over (order by worker) - 1) / 300 as n
      from (select distinct * from unnest(workers, months) as p (worker, month)) d) p group by n order by n loop
    perform forest.work_settle(part.workers, part.months, is_all);
  end loop;
end $$;

create or replace function forest.work_rebuild() returns void language plpgsql as $$
declare workers uuid[]; months date[];
begin
  perform forest.work_lock_all();
  delete from forest.work_total;
  delete from forest.work_person;
  select array_agg(worker), array_agg(month) into workers, months from (
    select distinct worker, date_trunc('month', work_date)::date as month from forest.shift
    where status = 'approved' and is_paid) d;
  if workers is not null then perform forest.work_settle_all(workers, months, true); end if;
end $$;

create or replace function forest.work_settle_due() returns void language plpgsql as $$
declare noted record; touched uuid[]; their_months date[]; is_first boolean;
begin
  with due as (delete from forest.work_due where transaction = pg_current_xact_id() returning *)
  select count(*) as entries, bool_or(d.is_all) as is_all,
    array(select worker from due, unnest(due.workers, due.months) as p (worker, month)) as workers,
    array(select month from due, unnest(due.workers, due.months) as p (worker, month)) as months,
    array(select unnest(due.people) from due) as people, array(select unnest(due.plots) from due) as plots,
    array(select unnest(due.crews) from due) as crews into noted from due d;
  if noted.entries = 0 then return; end if;
  if noted.is_all then
    perform forest.work_rebuild();
    return;
  end if;
  if cardinality(noted.plots) + cardinality(noted.crews) > 0 then
    perform forest.work_lock_all();
  else
    perform forest.work_lock(noted.workers || noted.people);
  end if;
  -- From here on each statement sees what the writers before us have committed.
  select array_agg(worker), array_agg(month) into touched, their_months from (
    select worker, month from unnest(noted.workers, noted.months) as p (worker, month)
    union select worker, month from forest.work_person where worker = any(noted.people)
    union select worker, date_trunc('month', work_date)::date from forest.shift
      where (plot = any(noted.plots) or crew = any(noted.crews)) and status = 'approved' and is_paid) p;
  if touched is null then return; end if;
  perform set_config('plan_cache_mode', case when cardinality(touched) <= 64 then 'force_generic_plan' else 'auto' end, true);
  -- The first shifts of all: there are none that a worker could be counted by, and nobody knows yet how many they are.
  is_first := not exists (select from forest.work_person);
  if is_first and cardinality(touched) > 1000 then analyze forest.shift, forest.worker, forest.plot; end if;
  perform forest.work_settle_all(touched, their_months, is_first);
end $$;

drop trigger if exists work_at_commit on forest.work_due;
create constraint trigger work_at_commit after insert on forest.work_due
  deferrable initially deferred for each row execute function forest.settle_at_commit();

create or replace function forest.work_note() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  if tg_op = 'INSERT' then
    insert into forest.work_due (workers, months)
    select array_agg(worker), array_agg(month) from (
      select distinct worker, date_trunc('month', work_date)::date as month from after
      where status = 'approved' and is_paid) p having count(*) > 0;
  elsif tg_op = 'DELETE' then
    insert into forest.work_due (workers, months)
    select array_agg(worker), array_agg(month) from (
      select distinct worker, date_trunc('month', work_date)::date as month from before
      where status = 'approved' and is_paid) p having count(*) > 0;
  else
    insert into forest.work_due (workers, months)
    select array_agg(worker), array_agg(month) from (
      select distinct v.worker, date_trunc('month', v.work_date)::date as month
      from before o join after n using (id)
      cross join lateral (values (o.worker, o.work_date, o.status, o.is_paid), (n.worker, n.work_date, n.status, n.is_paid))
        as v (worker, work_date, status, is_paid)
      where v.status = 'approved' and v.is_paid
        and (o.worker, o.programme, o.crew, o.plot, o.region, o.work_date, o.activity, o.is_paid, o.hours, o.wage_yuan, o.status)
        is distinct from
        (n.worker, n.programme, n.crew, n.plot, n.region, n.work_date, n.activity, n.is_paid, n.hours, n.wage_yuan, n.status)
    ) p having count(*) > 0;
  end if;
  return null;
end $$;
create or replace trigger work_inserted after insert on forest.shift
  referencing new table as after for each statement execute function forest.work_note();
create or replace trigger work_updated after update on forest.shift
  referencing old table as before new table as after for each statement execute function forest.work_note();
create or replace trigger work_deleted after delete on forest.shift
  referencing old table as before for each statement execute function forest.work_note();

-- What a shift's group hangs on besides the shift: the sex of its worker, the region of its plot and of its crew.
create or replace function forest.work_note_worker() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  insert into forest.work_due (people)
  select array_agg(o.id) from before o join after n using (id) where o.sex is distinct from n.sex having count(*) > 0;
  return null;
end $$;
create or replace trigger work_worker_updated after update on forest.worker
  referencing old table as before new table as after for each statement execute function forest.work_note_worker();

create or replace function forest.work_note_plot() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  insert into forest.work_due (plots)
  select array_agg(o.id) from before o join after n using (id) where o.region is distinct from n.region having count(*) > 0;
  return null;
end $$;
create or replace trigger work_plot_updated after update on forest.plot
  referencing old table as before new table as after for each statement execute function forest.work_note_plot();

create or replace function forest.work_note_crew() returns trigger language plpgsql set enable_nestloop = off as $$
begin
  insert into forest.work_due (crews)
  select array_agg(o.code) from before o join after n using (code) where o.region is distinct from n.region having count(*) > 0;
  return null;
end $$;
create or replace trigger work_crew_updated after update on forest.crew
  referencing old table as before new table as after for each statement execute function forest.work_note_crew();

-- Totals as a role may see them: work of all programmes for the ledger's own hands, else of those in scope, and
-- never for who is bound to one crew.
create or replace function forest.may_read_totals(programme text) returns boolean language sql stable as $$
  select current_setting('role') = 'none' or (
    current_setting('role') <> 'forest_public' and current_setting('forest.scope_crew', true) = '*'
    and (current_setting('forest.scope_programmes', true) = '*'
      or programme = any(string_to_array(current_setting('forest.scope_programmes', true), ','))))
$$;
create or replace function forest.work_totals(programme text, period_kind text, level text, by_kind text)
returns setof forest.work_total language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.* from forest.work_total t where t.programme = $1 and t.period_kind = $2 and t.level = $3 and t.by_kind = $4
    and t.shifts > 0 and forest.may_read_totals($1)
$$;

-- A ledger that was made before there were rollups gets them now.
do $$ begin
  if not exists (select from forest.work_person) and exists (select from forest.shift where status = 'approved' and is_paid) then
    perform forest.work_rebuild();
  end if;
end $$;
