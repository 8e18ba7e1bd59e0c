-- What sync has to know beyond the rows that a crew's token reads: what was deleted, what has moved on, what exists.
-- These run with the owner's rights, so each keeps to the scope of the token itself.

create or replace function forest.sync_stays() returns trigger language plpgsql security definer as $$
begin
  raise exception 'operations of phones are kept for ever' using errcode = '42501';
end $$;
create or replace trigger sync_stays before delete or truncate on forest.sync_operation
  for each statement execute function forest.sync_stays();

create or replace function forest.programme_is_mine(programme text) returns boolean language sql stable as $$
  select coalesce(forest.scope_programmes() = '{*}' or programme = any(forest.scope_programmes()), false)
$$;
create or replace function forest.crew_is_mine(crew text) returns boolean language sql stable as $$
  select coalesce(forest.scope_crew() = '*' or crew = forest.scope_crew(), false)
$$;

-- Whether a version of a record, as history has it, is within the token's scope.
create or replace function forest.version_is_mine(noun text, record jsonb) returns boolean
language sql stable security definer as $$
  select coalesce(case
    when noun in ('shift', 'photo') then forest.programme_is_mine(record ->> 'programme') and forest.crew_is_mine(record ->> 'crew')
    when noun = 'plot' then forest.programme_is_mine(record ->> 'programme')
    when noun = 'worker' then exists (select from forest.crew c where c.code = record ->> 'crew'
      and forest.programme_is_mine(c.programme) and forest.crew_is_mine(c.code))
    when noun in ('planting', 'survey') then forest.programme_is_mine(coalesce(
      (select p.programme from forest.plot p where p.id = (record ->> 'plot')::uuid),
      (select forest.history_document(h.shape, h.row, null) ->> 'programme' from forest.history h
        where h.noun = 'plot' and h.key = record ->> 'plot' order by h.seq desc limit 1)))
    end, false)
$$;

create or replace function forest.sync_versions(noun text, key text)
returns table (revision int, action text, recorded_at timestamptz, actor text, record jsonb)
language sql stable security definer as $$
  select v.revision, v.action, v.recorded_at, v.actor, v.record from (
    select h.seq, h.revision, h.action, h.recorded_at, h.actor, forest.history_document(h.shape, h.row, h.boundary) as record
    from forest.history h where h.noun = $1 and h.key = $2) v
  where forest.version_is_mine($1, v.record) order by v.seq
$$;

-- Of these keys, those that are no longer the token's to see: deleted, or moved to another crew.
create or replace function forest.sync_gone(noun text, keys text[])
returns table (key text, is_deleted boolean, revision int) language sql stable security definer as $$
  with last as (
    select distinct on (h.key) h.key, h.action, h.revision, h.shape, h.row from forest.history h
    where h.noun = $1 and h.key = any($2) order by h.key, h.seq desc)
  select l.key, l.action = 'delete', l.revision from last l
  where case when l.action = 'delete' then forest.version_is_mine($1, forest.history_document(l.shape, l.row, null))
    else not forest.version_is_mine($1, forest.history_document(l.shape, l.row, null)) and exists (
      select from forest.history h where h.noun = $1 and h.key = l.key
        and forest.version_is_mine($1, forest.history_document(h.shape, h.row, null))) end
$$;

-- Which of these ids there are, whoever's they are: a parent that exists is not waited for.
create or replace function forest.sync_exist(noun text, ids uuid[]) returns setof uuid
language plpgsql stable security definer as $$
begin
  if noun not in ('plot', 'worker', 'planting', 'survey', 'shift') then return; end if;
  return query execute format('select id from forest.%I where id = any($1)', noun) using ids;
end $$;

-- Settled entries after a place, in the order in which nothing can come in between.
create or replace function forest.sync_changed(era int, transaction xid8, seq bigint, most int)
returns table (cursor text, noun text, key text) language sql stable security definer as $$
  select h.era || '.' || h.transaction || '.' || h.seq, h.noun, h.key from forest.history h
  where (h.era, h.transaction, h.seq) > ($1, $2, $3)
    and (h.era < forest.current_era() or (h.era = forest.current_era()
      and h.transaction < pg_snapshot_xmin(pg_current_snapshot())))
    and h.noun in ('plot', 'planting', 'survey', 'photo', 'shift', 'worker')
  order by h.era, h.transaction, h.seq limit $4
$$;

-- Whether the newest verified backup of the ledger holds what a transaction wrote.
create or replace function forest.is_archived(era int, transaction xid8) returns boolean
language sql stable security definer as $$
  select coalesce((select b.era > $1 or (b.era = $1 and pg_visible_in_snapshot($2, b.snapshot))
    from forest.backup b order by b.era desc, b.verified_at desc limit 1), false)
$$;

do $$
declare name text; role text;
begin
  foreach name in array array['version_is_mine(text, jsonb)', 'sync_versions(text, text)', 'sync_gone(text, text[])',
    'sync_exist(text, uuid[])', 'sync_changed(int, xid8, bigint, int)', 'is_archived(int, xid8)'] loop
    execute format('revoke all on function forest.%s from public', name);
    foreach role in array forest.roles() loop
      if to_regrole(role) is not null and role not in ('forest_public', 'forest_headline') then
        execute format('grant execute on function forest.%s to %I', name, role);
      end if;
    end loop;
  end loop;
end $$;
