-- What became of a form that somebody has sent already. It may have been another token's (a phone that was set up
-- again), so it is told to whoever has the very same form, and to nobody else; null where there is no such form.
create or replace function forest.openrosa_known(instance text, sha256 text, out is_same boolean, out outcomes jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select f.sha256 = $2, case when f.sha256 = $2 then f.outcomes end from forest.openrosa_form f where f.instance = $1
$$;
