-- What releases are made of, read with the owner's rights, so that a partition never misses a worker whom the token that
-- makes it cannot see. After the functions of the past, which it asks for what was counted then.

-- Months and quarters with approved paid work that ended more than so many days ago and are not released.
create or replace function forest.release_due(today date, wait_days int)
returns table (programme text, kind text, starts_on date, ends_on date)
language sql stable security definer as $$
  select distinct t.programme, k.kind, p.starts_on, p.ends_on
  from forest.work_total t cross join (values ('month', interval '1 month'), ('quarter', interval '3 months')) as k (kind, span)
    cross join lateral (select date_trunc(k.kind, (t.period || '-01')::date)::date as starts_on) s
    cross join lateral (select s.starts_on, (s.starts_on + k.span)::date - 1 as ends_on) p
  where t.period_kind = 'month' and t.level = '' and t.by_kind = '' and t.shifts > 0 and p.ends_on + wait_days < today
    and forest.may_read_totals(t.programme)
    and not exists (select from forest.release r where (r.programme, r.kind, r.starts_on) = (t.programme, k.kind, p.starts_on))
  order by 1, 3, 2
$$;

-- Approved paid work of a programme from one date to another: a row for each worker, month and place. A date on which
-- somebody worked in two places is one person-day, in the place with the most hours.
create or replace function forest.release_rows(programme text, first date, last date, as_of text default null)
returns table (moment text, worker uuid, household uuid, month date, county text, township text, sex text, age int,
  person_times bigint, person_days bigint, hours numeric, wages_yuan numeric)
language sql stable security definer as $$
  with w as materialized (
    select v.worker, v.household, v.happened_on, v.sex, v.age, v.hours, v.wage_yuan, c.ancestor as county, t.ancestor as township
    from forest.work v
      left join forest.region_ancestor c on c.region = v.region and c.level = 'county'
      left join forest.region_ancestor t on t.region = v.region and t.level = 'township'
    where $4 is null and v.programme = $1 and v.happened_on between $2 and $3 and v.status = 'approved' and v.is_paid
    union all
    select v.worker, v.household, v.happened_on, v.sex, v.age, v.hours, v.wage_yuan, c.ancestor, t.ancestor
    from forest.work_as_of($4) v
      left join forest.region_ancestor_as_of($4) c on c.region = v.region and c.level = 'county'
      left join forest.region_ancestor_as_of($4) t on t.region = v.region and t.level = 'township'
    where $4 is not null and v.programme = $1 and v.happened_on between $2 and $3 and v.status = 'approved' and v.is_paid
  ), day as (
    select w.worker, w.household, w.happened_on, coalesce(w.county, '') as county, coalesce(w.township, '') as township,
      w.sex, w.age, count(*) as shifts, sum(w.hours) as hours, sum(w.wage_yuan) as wages_yuan,
      row_number() over (partition by w.worker, w.happened_on
        order by sum(w.hours) desc, coalesce(w.county, ''), coalesce(w.township, '')) as place
    from w group by 1, 2, 3, 4, 5, 6, 7
  )
  select forest.current_era() || '@' || pg_current_snapshot(), d.worker, d.household, date_trunc('month', d.happened_on)::date,
    d.county, d.township, d.sex, d.age, sum(d.shifts)::bigint, count(*) filter (where d.place = 1), sum(d.hours), sum(d.wages_yuan)
  from day d where forest.may_read_totals($1) group by 2, 3, 4, 5, 6, 7, 8
$$;
do $$ begin
  revoke all on function forest.release_due(date, int), forest.release_rows(text, date, date, text) from public;
  if forest.is_fenced() then
    grant execute on function forest.release_due(date, int), forest.release_rows(text, date, date, text)
      to forest_programme_administrator, forest_administrator;
  end if;
end $$;
