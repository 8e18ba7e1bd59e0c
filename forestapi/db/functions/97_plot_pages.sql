-- What the public page of a plot says of things that are not public themselves: only that they are there.

-- How many photos there are of a plot, of its plantings and of its checks. What is on them is the staff's.
create or replace function forest.photos_of_plot(plot uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) from forest.photo p
  where (p.subject_noun = 'plots' and p.subject = $1)
    or (p.subject_noun = 'plantings' and p.subject in (select n.id from forest.planting n where n.plot = $1))
    or (p.subject_noun = 'surveys' and p.subject in (select s.id from forest.survey s where s.plot = $1))
$$;
