-- Sync: how a record was, within the token's scope even after it was deleted; and what a phone may fetch.

-- Whether the document of a history entry is within the scope of the token. Plots are no secret between crews.
create or replace function forest.sync_in_scope(noun text, record jsonb) returns boolean
language sql stable as $$
  select forest.scope_is_all() or noun in ('plot', 'planting', 'survey') or (
    (forest.scope_crew() = '*' or record ->> 'crew' = forest.scope_crew())
    and (forest.scope_programmes() = '{*}' or case when noun = 'worker'
      then (select c.programme from forest.crew c where c.code = record ->> 'crew') else record ->> 'programme' end
      = any(forest.scope_programmes())))
$$;

-- The last entry of a record (revision null), or what it was at a revision.
create or replace function forest.sync_past(noun text, key text, at_revision int)
returns table (revision int, action text, actor text, recorded_at timestamptz, record jsonb)
language sql stable security definer as $$
  select h.revision, h.action, h.actor, h.recorded_at, d.record
  from forest.history h, lateral (select forest.history_document(h.shape, h.row, h.boundary) as record) d
  where h.noun = $1 and h.key = $2 and (at_revision is null or (h.revision = at_revision and h.action <> 'delete'))
    and forest.sync_in_scope(h.noun, d.record)
  order by h.seq desc limit 1
$$;

-- Entries after a place, newest of each record, settled only: nothing that commits later comes before them.
create or replace function forest.sync_changes(era int, transaction xid8, seq bigint, up_to int)
returns table (place text, noun text, key text, revision int, action text, is_seen boolean)
language sql stable security definer as $$
  with page as (
    select h.* from forest.history h
    where (h.era, h.transaction, h.seq) > ($1, $2, $3)
      and (h.era < forest.current_era() or (h.era = forest.current_era()
        and h.transaction < pg_snapshot_xmin(pg_current_snapshot())))
      and h.noun in ('plot', 'planting', 'survey', 'photo', 'shift', 'worker')
    order by h.era, h.transaction, h.seq limit up_to
  )
  select p.era || '.' || p.transaction || '.' || p.seq, p.noun, p.key, p.revision, p.action,
    p.noun in ('plot', 'planting', 'survey')
      or forest.sync_in_scope(p.noun, forest.history_document(p.shape, p.row, null))
  from page p order by p.era, p.transaction, p.seq
$$;

do $$
declare role text;
begin
  revoke all on function forest.sync_past(text, text, int), forest.sync_changes(int, xid8, bigint, int) from public;
  foreach role in array array['forest_recorder', 'forest_crew_leader', 'forest_programme_administrator',
    'forest_administrator', 'forest_analyst', 'forest_auditor'] loop
    if to_regrole(role) is not null then
      execute format('grant execute on function forest.sync_past(text, text, int), forest.sync_changes(int, xid8, bigint, int) to %I', role);
    end if;
  end loop;
end $$;

-- Whether a verified backup holds what a transaction wrote.
create or replace function forest.is_archived(era int, transaction xid8) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from forest.backup b where b.era > $1 or (b.era = $1 and pg_visible_in_snapshot($2, b.snapshot)))
$$;

-- Only an operation of this very transaction, of which nothing has become, is ever taken out again.
create or replace function forest.sync_forget(forgotten uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  delete from forest.sync_operation where op = forgotten and outcome is null and transaction = pg_current_xact_id()
$$;
