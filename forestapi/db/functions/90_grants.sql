-- The second fence: what each role may touch, whatever the application thinks. The server takes a role for each
-- transaction (forestapi/db/transaction.py) and says which programmes and crew the token is for; where it has not
-- said, there are no rows. Roles are made here if the database's user may make them; if not, everything works
-- without this fence, and `forest doctor` says so. Plots and all spatial tables are guarded by grants alone: row
-- policies would switch their spatial index off.

create or replace function forest.roles() returns text[] language sql immutable parallel safe as $$
  select array['forest_public', 'forest_recorder', 'forest_crew_leader', 'forest_analyst',
    'forest_programme_administrator', 'forest_administrator', 'forest_auditor']
$$;

-- Whether the fence stands: every role is there, we may take it, and it has its grants in this database.
create or replace function forest.is_fenced() returns boolean language sql stable as $$
  select bool_and(coalesce(pg_has_role(to_regrole(r), 'member')
    and has_schema_privilege(to_regrole(r), 'forest', 'usage'), false)) from unnest(forest.roles()) r
$$;

-- What the token is for; null (and so no row) where nobody has said.
create or replace function forest.scope_is_all() returns boolean language sql stable parallel safe as $$
  select coalesce(current_setting('forest.scope_programmes', true) = '*'
    and current_setting('forest.scope_crew', true) = '*', false)
$$;
create or replace function forest.scope_programmes() returns text[] language sql stable parallel safe as $$
  select string_to_array(nullif(current_setting('forest.scope_programmes', true), ''), ',')
$$;
create or replace function forest.scope_crew() returns text language sql stable parallel safe as $$
  select nullif(current_setting('forest.scope_crew', true), '')
$$;

-- A household of which no worker is known yet belongs to nobody's crew.
create or replace function forest.household_has_workers(household uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from forest.worker w where w.household = $1)
$$;

-- Identities are written by roles that may not read them: through these functions, and in no other way.
create or replace function people.is_master_key(candidate bytea) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into people.master_key (fingerprint) values (candidate) on conflict do nothing;
  return (select fingerprint = candidate from people.master_key);
end $$;

drop function if exists people.keep(uuid[], bytea[], bytea[], bytea[]);
create or replace function people.keep(workers uuid[], wrapped bytea[], sealed bytea[], names bytea[], digests bytea[])
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into people.sealed_identity as i (worker, wrapped, sealed, sealed_name, digest)
  select * from unnest(workers, wrapped, sealed, names, digests)
  on conflict (worker) do update set wrapped = excluded.wrapped, sealed = excluded.sealed,
    sealed_name = excluded.sealed_name, digest = excluded.digest, updated_at = now()
  where i.erased_at is null and (i.digest <> excluded.digest or i.sealed_name is null)
$$;

-- What the law has kept for three years at least is not erased sooner, whoever asks and however: a worker's identity
-- goes with the wage records, from the last shift or payment on. The instance's setting may only make it longer.
create or replace function people.identity_kept() returns trigger language plpgsql as $$
declare last_day date;
begin
  if tg_op = 'UPDATE' and not (old.erased_at is null and new.erased_at is not null) then
    return new;
  end if;
  select greatest((select max(work_date) from forest.shift where worker = old.worker),
    (select max(paid_on) from forest.payment where worker = old.worker)) into last_day;
  if last_day >= current_date - interval '3 years' then
    raise exception 'the wage records of worker % are kept until %', old.worker, last_day + interval '3 years'
      using errcode = '23514', constraint = 'identity_retention', table = 'sealed_identity', schema = 'people';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create or replace trigger identity_kept before update or delete on people.sealed_identity
  for each row execute function people.identity_kept();

-- A payment is corrected, and its history stays; it is taken out only with a reason.
create or replace function forest.payment_kept() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('forest.reason', true), '') = '' and exists (select from before) then
    raise exception 'a payment is deleted only with a reason'
      using errcode = '23514', constraint = 'payment_reason', table = 'payment', schema = 'forest';
  end if;
  return null;
end $$;
create or replace trigger payment_kept after delete on forest.payment
  referencing old table as before for each statement execute function forest.payment_kept();

create or replace function people.find(keys bytea[]) returns table (key bytea, worker uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select key, worker from people.lookup where key = any(keys)
$$;

create or replace function people.name_by(keys bytea[], workers uuid[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into people.lookup (key, worker) select * from unnest(keys, workers) on conflict do nothing
$$;

create or replace function people.access_log_stays() returns trigger language plpgsql as $$
begin
  raise exception 'the log of identity reads is only ever added to' using errcode = 'insufficient_privilege';
end $$;
drop trigger if exists access_log_stays on people.access_log;
create trigger access_log_stays before update or delete or truncate on people.access_log
  for each statement execute function people.access_log_stays();

revoke all on all functions in schema people from public;
revoke all on schema forest, people from public;

-- Views over rows that have policies look with the eyes of whoever asks.
do $$
declare each record;
begin
  for each in select c.oid::regclass as view from pg_class c where c.relnamespace = 'forest'::regnamespace
    and c.relkind = 'v' and c.relname in ('households', 'crews', 'workers', 'shifts', 'shifts_located', 'payments', 'work', 'wages')
  loop
    execute format('alter view %s set (security_invoker = true)', each.view);
  end loop;
end $$;

do $$
declare
  -- no role of a request touches these at all
  closed constant text[] := array['token', 'alembic_version', 'shape', 'person_day', 'credit_due', 'overlap_rank', 'cell_due', 'cell_year_due',
    'work_person', 'work_total', 'work_due', 'planted_part', 'planted_total', 'planted_due',
    'survival_part', 'survival_total', 'survival_due', 'device_code', 'backup', 'tile_change', 'tile_settled'];
  -- everybody's, less the columns in which a file or a form may name somebody
  open constant text[] := array['programme', 'region', 'region_ancestor', 'region_piece', 'species', 'plot', 'planted',
    'planting', 'planting_line', 'plot_species', 'survey', 'overlap', 'credit', 'cell', 'cell_year',
    'claim', 'claims', 'programmes', 'regions', 'species_read', 'plots', 'plantings', 'surveys', 'planted_ground', 'planted_lines', 'survival_checks',
    'plantings_located', 'surveys_located', 'overlaps_located', 'releases', 'release_atoms', 'release_states'];
  private constant text[] := array['attributes', 'checker', 'remarks', 'submission', 'submission_row',
    'source_boundary'];
  writers constant text := 'forest_recorder, forest_crew_leader, forest_programme_administrator, forest_administrator';
  managers constant text := 'forest_programme_administrator, forest_administrator';
  staff constant text := writers || ', forest_analyst, forest_auditor';
  programme_in_scope constant text := '((select forest.scope_programmes()) = ''{*}'' or %1$I = any((select forest.scope_programmes())::text[]))';
  crew_in_scope constant text := '((select forest.scope_crew()) = ''*'' or %1$s = (select forest.scope_crew()))';
  is_all constant text := '(select forest.scope_is_all())';
  role text;
  each record;
begin
  begin
    foreach role in array forest.roles() loop
      if to_regrole(role) is null then
        begin
          execute format('create role %I nologin noinherit', role);
        exception when duplicate_object or unique_violation then null;
        end;
      end if;
      if not pg_has_role(role, 'member') then
        execute format('grant %I to current_user', role);
      end if;
    end loop;
  exception when insufficient_privilege then
    raise notice 'no second fence: this database user may not create roles';
    return;
  end;

  -- Start from nothing each time, so that a grant that is taken out of this file is taken from the role.
  foreach role in array forest.roles() loop
    execute format('revoke all on all tables in schema forest, people from %I', role);
    execute format('grant usage on schema forest to %I', role);
  end loop;

  for each in select c.relname as name from pg_class c
    where c.relnamespace = 'forest'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') and c.relname <> all(closed)
  loop
    execute format('grant select on forest.%I to %s', each.name, staff);
  end loop;

  -- What is written by hand, by whom and how: this list alone. Everything else the ledger derives, or only reads:
  -- its triggers run as its owner (99_definers.sql), so nobody needs a grant on what they keep.
  for each in select * from (values
    ('plot', 'insert, update, delete', writers), ('planting', 'insert, update, delete', writers),
    ('survey', 'insert, update, delete', writers), ('claim', 'insert, update, delete', writers),
    ('household', 'insert, update, delete', writers), ('crew', 'insert, update, delete', writers),
    ('worker', 'insert, update, delete', writers), ('shift', 'insert, update, delete', writers),
    ('photo', 'insert, update, delete', writers), ('sheet_cell', 'insert, update, delete', writers),
    ('held', 'insert, update, delete', writers), ('finding', 'insert, update, delete', writers),
    ('payment', 'insert, update, delete', managers), ('threshold', 'insert, update, delete', managers),
    ('programme', 'insert, update, delete', 'forest_administrator'),
    ('region', 'insert, update, delete', 'forest_administrator'),
    ('species', 'insert, update, delete', 'forest_administrator'),
    ('device', 'insert, update', 'forest_crew_leader, ' || managers), ('device', 'update (seen_at)', 'forest_recorder'),
    -- what came in and what was decided is never taken back; only what became of it changes
    ('held_decision', 'insert', writers), ('submission', 'insert, update (counts)', writers), ('submission_evidence', 'insert', writers),
    ('sync_operation', 'insert, update', writers), ('sync_quarantine', 'insert', writers), ('photo_file', 'insert', writers),
    ('openrosa_form', 'insert', writers), ('openrosa_file', 'insert', writers), ('openrosa_refused', 'insert', writers),
    ('release', 'insert', managers), ('release_atom', 'insert', managers),
    ('overlap_decision', 'insert', 'forest_administrator'),
    ('snapshot', 'insert', managers || ', forest_analyst, forest_auditor')
  ) as g (name, verbs, roles) where to_regclass('forest.' || g.name) is not null
  loop
    execute format('grant %s on forest.%I to %s', each.verbs, each.name, each.roles);
  end loop;
  -- a moment says nothing of anybody; who named it, and why, is for the staff
  grant select (id, moment, made_at, label, history_block, history_head) on forest.snapshot to forest_public;
  execute format('grant usage on all sequences in schema forest to %s', writers);

  for each in select c.oid::regclass as name, string_agg(quote_ident(a.attname), ', ') as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'forest'::regnamespace and c.relname = any(open) and a.attname <> all(private)
    group by c.oid
  loop
    execute format('grant select (%s) on %s to forest_public', each.columns, each.name);
  end loop;

  -- Row policies, by programme and crew.
  for each in select * from (values
    ('shift', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('payment', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('device', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('sync_operation', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('sync_quarantine', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('photo', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'crew') || ')'),
    ('submission_evidence', is_all || ' or exists (select from forest.submission s where s.id = submission)'),
    ('sheet_cell', is_all || ' or exists (select from forest.shift s where s.id = shift)'),
    ('crew', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and ' || format(crew_in_scope, 'code') || ')'),
    ('worker', is_all || ' or crew in (select c.code from forest.crew c)'),
    ('household', is_all || ' or exists (select from forest.worker w where w.household = household.id)'
      || ' or not forest.household_has_workers(id)'),
    ('held', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and (noun not in (''shifts'', ''workers'', ''payments'') or '
      || format(crew_in_scope, '(record ->> ''crew'')') || '))'),
    ('held_decision', is_all || ' or (' || format(programme_in_scope, 'programme') || ' and (noun not in (''shifts'', ''workers'', ''payments'') or '
      || format(crew_in_scope, '(record ->> ''crew'')') || '))'),
    ('history', is_all || ' or noun in (''programme'', ''claim'', ''region'', ''species'', ''plot'', ''planting'', ''survey'', ''overlap_decision'')'
      || ' or key in (select c.code from forest.crew c where noun = ''crew'')'
      || ' or exists (select from forest.shift s where s.id = case when noun = ''shift'' then key::uuid end)'
      || ' or exists (select from forest.payment p where p.id = case when noun = ''payment'' then key::uuid end)'
      || ' or exists (select from forest.photo p where p.id = case when noun = ''photo'' then key::uuid end)'
      || ' or exists (select from forest.worker w where w.id = case when noun = ''worker'' then key::uuid end)'
      || ' or exists (select from forest.household h where h.id = case when noun = ''household'' then key::uuid end)'),
    ('submission', is_all || ' or (' || format(programme_in_scope, 'programme')
      || ' and ((select forest.scope_crew()) = ''*'' or actor = (select current_setting(''forest.actor'', true))))'),
    ('openrosa_form', is_all || ' or exists (select from forest.submission s where s.id = submission)'),
    ('openrosa_file', is_all || ' or actor = (select current_setting(''forest.actor'', true))'),
    ('openrosa_refused', is_all || ' or actor = (select current_setting(''forest.actor'', true))'),
    ('release_atom', is_all || ' or exists (select from forest.release r where r.id = release)'),
    ('finding', is_all || ' or noun not in (''shifts'', ''workers'', ''payments'')'
      || ' or exists (select from forest.shift s where s.id = finding.record)'
      || ' or exists (select from forest.payment p where p.id = finding.record)')
  ) as p (name, condition) where to_regclass('forest.' || name) is not null
  loop
    execute format('alter table forest.%I enable row level security', each.name);
    execute format('drop policy if exists scope on forest.%I', each.name);
    execute format('create policy scope on forest.%I to %s using (%s) with check (%3$s)',
      each.name, staff, each.condition);
  end loop;

  -- Any further table of work that says whose programme it is (rollups of shifts): whole programmes only.
  for each in select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      and a.attname = 'programme' and not a.attisdropped
    where c.relnamespace = 'forest'::regnamespace and c.relkind = 'r' and c.relname <> all(open)
      and c.relname <> all(closed)
      and c.relname <> all(array['shift', 'payment', 'crew', 'held', 'held_decision', 'submission', 'threshold', 'device',
        'sync_operation', 'sync_quarantine', 'photo'])
      and c.relname not like 'history%'
  loop
    execute format('alter table forest.%I enable row level security', each.name);
    execute format('drop policy if exists scope on forest.%I', each.name);
    execute format('create policy scope on forest.%I to %s using (%s or ((select forest.scope_crew()) = ''*'' and %s))',
      each.name, staff, is_all, format(programme_in_scope, 'programme'));
  end loop;

  -- Identities: whoever writes workers writes them, unread; two roles read them, of workers that they reach.
  execute format('grant usage on schema people to %s, forest_auditor', writers);
  execute format('grant execute on function people.is_master_key(bytea), people.find(bytea[]),
    people.keep(uuid[], bytea[], bytea[], bytea[], bytea[]), people.name_by(bytea[], uuid[]) to %s', writers);
  grant select on people.sealed_identity to forest_programme_administrator, forest_administrator;
  -- names, and nothing else of an identity: the rest is not in a crew leader's reach even as ciphertext
  grant select (worker, wrapped, sealed_name, erased_at) on people.sealed_identity to forest_crew_leader;
  grant select on people.access_log to forest_administrator, forest_auditor;
  grant insert on people.access_log to forest_crew_leader, forest_programme_administrator, forest_administrator;
  alter table people.sealed_identity enable row level security;
  drop policy if exists scope on people.sealed_identity;
  create policy scope on people.sealed_identity for select
    to forest_crew_leader, forest_programme_administrator, forest_administrator
    using ((select forest.scope_is_all()) or worker in (select w.id from forest.worker w));
  alter table people.access_log enable row level security;
  drop policy if exists scope on people.access_log;
  create policy scope on people.access_log
    to forest_crew_leader, forest_programme_administrator, forest_administrator, forest_auditor
    using ((select forest.scope_is_all()) or worker in (select w.id from forest.worker w)) with check (true);
end $$;
