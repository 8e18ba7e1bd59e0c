-- Functions that run with the owner's rights. Triggers do: they keep the books of the ledger with its own hands, so
-- that a role needs no grant on what it must not write itself. Each of them, and every other such function, has a search
-- path of its own, with temporary objects last: else a caller's could put its own table or operator in the place of ours.

do $$
declare each record;
begin
  for each in select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace in ('forest'::regnamespace, 'people'::regnamespace) and p.prorettype = 'trigger'::regtype and not p.prosecdef
  loop
    execute format('alter function %s security definer', each.name);
  end loop;
  for each in select p.oid::regprocedure as name, n.nspname as gis from pg_proc p, pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'postgis' and p.pronamespace in ('forest'::regnamespace, 'people'::regnamespace) and p.prosecdef
      and not exists (select from unnest(p.proconfig) c where c like 'search\_path=%')
  loop
    execute format('alter function %s set search_path = pg_catalog, forest, %I, pg_temp', each.name, each.gis);
  end loop;
end $$;
