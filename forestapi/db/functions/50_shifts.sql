-- Shifts: the hours of a person-day, at which two writers of the same worker and date meet.

create or replace function forest.person_day_add(workers uuid[], dates date[], shifts int[], hours numeric[])
returns void language sql as $$
  insert into forest.person_day as d (worker, work_date, shifts, hours)
  select worker, work_date, sum(n), sum(h)
  from unnest(workers, dates, shifts, hours) as c (worker, work_date, n, h)
  group by worker, work_date having sum(n) <> 0 or sum(h) <> 0
  order by worker, work_date
  on conflict (worker, work_date) do update set shifts = d.shifts + excluded.shifts, hours = d.hours + excluded.hours
$$;

create or replace function forest.shift_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform forest.person_day_add(array_agg(worker), array_agg(work_date), array_agg(1), array_agg(hours))
      from after where status in ('submitted', 'approved') having count(*) > 0;
  elsif tg_op = 'DELETE' then
    perform forest.person_day_add(array_agg(worker), array_agg(work_date), array_agg(-1), array_agg(-hours))
      from before where status in ('submitted', 'approved') having count(*) > 0;
  else
    perform forest.person_day_add(array_agg(worker), array_agg(work_date), array_agg(n), array_agg(h))
      from (select worker, work_date, -1 as n, -hours as h from before where status in ('submitted', 'approved')
        union all
        select worker, work_date, 1, hours from after where status in ('submitted', 'approved')) c
      having count(*) > 0;
  end if;
  return null;
end $$;
drop trigger if exists shift_inserted on forest.shift;
create trigger shift_inserted after insert on forest.shift
  referencing new table as after for each statement execute function forest.shift_changed();
drop trigger if exists shift_updated on forest.shift;
create trigger shift_updated after update on forest.shift
  referencing old table as before new table as after for each statement execute function forest.shift_changed();
drop trigger if exists shift_deleted on forest.shift;
create trigger shift_deleted after delete on forest.shift
  referencing old table as before for each statement execute function forest.shift_changed();
