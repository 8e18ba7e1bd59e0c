-- History: an entry for each change of each record, written in the same statement, and refused any change.

create or replace function forest.history_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'history is never changed (% on %)', tg_op, tg_table_name using errcode = '42501';
end $$;
create or replace trigger history_append_only before update or delete or truncate on forest.history
  for each statement execute function forest.history_refuse();
create or replace trigger history_append_only before update or delete or truncate on forest.history_block
  for each statement execute function forest.history_refuse();
create or replace trigger history_append_only before update or delete or truncate on forest.history_shape
  for each statement execute function forest.history_refuse();
create or replace trigger history_append_only before update or delete or truncate on forest.era
  for each statement execute function forest.history_refuse();
create or replace trigger history_append_only before update or delete or truncate on forest.snapshot
  for each statement execute function forest.history_refuse();
revoke all on forest.history, forest.history_block, forest.history_shape, forest.era from public;

create or replace function forest.current_era() returns int language sql stable security definer as $$
  select max(number) from forest.era
$$;

-- A new era where the ledger's transactions are numbered higher than this cluster has counted: a restored copy.
create or replace function forest.era_check() returns int language plpgsql as $$
begin
  if exists (select from forest.history h
      where h.era = forest.current_era() and h.transaction >= pg_snapshot_xmax(pg_current_snapshot())) then
    insert into forest.era (number) select max(number) + 1 from forest.era on conflict do nothing;
  end if;
  return forest.current_era();
end $$;

-- What the chain seals of an entry: all of it, in one unambiguous text. 0x00 marks a leaf (RFC 6962).
create or replace function forest.history_leaf(h forest.history) returns bytea
language sql immutable parallel safe as $$
  select sha256('\x00'::bytea || convert_to(row(h.era, h.transaction, h.seq,
    (extract(epoch from h.recorded_at) * 1000000)::bigint, h.noun, h.key, h.revision, h.action, h.shape, h.actor, h.reason,
    h.row, encode(sha256(ST_AsEWKB(h.boundary)), 'hex'))::text, 'UTF8'))
$$;

-- When an entry's transaction was committed, where the server keeps that (track_commit_timestamp; ours does) and has
-- not forgotten it; else when it began.
create or replace function forest.committed_at(era int, transaction xid8, recorded_at timestamptz) returns timestamptz
language sql stable parallel safe as $$
  select case when current_setting('track_commit_timestamp') = 'on' and era = forest.current_era()
    then coalesce(pg_xact_commit_timestamp(transaction::xid), recorded_at) else recorded_at end
$$;

-- Was an entry known then? `as_of` is a time (transactions that had been committed), or the snapshot of an answer,
-- written era@xmin:xmax:xip, which says exactly what that answer had seen.
create or replace function forest.is_known(era int, transaction xid8, recorded_at timestamptz, as_of text) returns boolean
language sql stable parallel safe as $$
  select case when as_of not like '%@%' then forest.committed_at(era, transaction, recorded_at) <= as_of::timestamptz
    when era <> split_part(as_of, '@', 1)::int then era < split_part(as_of, '@', 1)::int
    else pg_visible_in_snapshot(transaction, split_part(as_of, '@', 2)::pg_snapshot) end
$$;

-- Watch a table: make its triggers, and the functions that read its history. `leave_out` are columns that the
-- ledger derives, or that must not be kept for ever. Geometries go beside the row, exactly; of bytes, their SHA-256.
create or replace function forest.history_watch(noun text, key text, leave_out text[] default '{}') returns void
language plpgsql as $watch$
declare
  shape_columns jsonb; shape_id smallint; is_first boolean; other record;
  gis text := (select quote_ident(nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace where extname = 'postgis');
  settings text; columns_new text; columns_old text; row_new text; row_old text; row_live text; typed text;
  boundary text; revision text; shapes text := ''; insert_into text;
begin
  select jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod)) order by attnum),
    string_agg('n.' || quote_ident(attname), ', ' order by attnum), string_agg('o.' || quote_ident(attname), ', ' order by attnum),
    string_agg(case when t.typname = 'geometry' then 'null' when t.typname = 'bytea' then 'sha256(n.' || quote_ident(attname) || ')'
      else 'n.' || quote_ident(attname) end, ', ' order by attnum),
    string_agg(case when t.typname = 'bytea' then 'sha256(n.' || quote_ident(attname) || ')' else 'n.' || quote_ident(attname) end, ', ' order by attnum),
    string_agg(case when t.typname = 'geometry' then 'boundary::' || format_type(atttypid, atttypmod) else '(r).' || quote_ident(attname) end, ', ' order by attnum),
    coalesce(max(quote_ident(attname)) filter (where t.typname = 'geometry'), ''),
    max(quote_ident(attname)) filter (where attname = 'revision')
  into shape_columns, columns_new, columns_old, row_new, row_live, typed, boundary, revision
  from pg_attribute a join pg_type t on t.oid = a.atttypid
  where attrelid = ('forest.' || noun)::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    and attname <> all(leave_out);
  row_old := replace(row_new, 'n.', 'o.');
  is_first := not exists (select from forest.history_shape s where s.noun = history_watch.noun);
  select id into shape_id from forest.history_shape s where s.noun = history_watch.noun and s.columns = shape_columns;
  if shape_id is null then
    insert into forest.history_shape (noun, columns) values (noun, shape_columns) returning id into shape_id;
    execute (select format('create type forest.history_%s_%s as (%s)', noun, shape_id,
      string_agg(format('%I %s', c ->> 0, c ->> 1), ', ')) from jsonb_array_elements(shape_columns) c);
  end if;
  -- The text of a row must not depend on who writes it; and whoever may write a record may write its history.
  settings := format('security definer set search_path = forest, %s, pg_temp set enable_nestloop = off set timezone = ''UTC'''
    ' set datestyle = ''ISO, YMD'' set intervalstyle = ''postgres'' set extra_float_digits = 1 set bytea_output = ''hex''', gis);
  insert_into := 'insert into forest.history (transaction, recorded_at, era, revision, shape, action, noun, key, actor, reason, row, boundary)';

  execute format($make$
    create or replace function forest.history_of_%1$s() returns trigger language plpgsql %2$s as $body$
    declare
      v_actor constant text := coalesce(nullif(current_setting('forest.actor', true), ''), session_user);
      v_reason constant text := nullif(current_setting('forest.reason', true), '');
      v_era constant int := forest.current_era();
      v_transaction constant xid8 := pg_current_xact_id();
    begin
      if tg_op = 'INSERT' then
        %3$s select v_transaction, now(), v_era, %4$s, %5$s, 'create', %6$L, n.%7$I, v_actor, v_reason, row(%8$s)::text, %9$s from after n;
      elsif tg_op = 'DELETE' then
        %3$s select v_transaction, now(), v_era, %10$s, %5$s, 'delete', %6$L, o.%7$I, v_actor, v_reason, row(%11$s)::text, %12$s from before o;
      else
        %3$s select v_transaction, now(), v_era, coalesce(%4$s, %10$s), %5$s,
          case when o.%7$I is null then 'create' when n.%7$I is null then 'delete' else 'update' end, %6$L,
          coalesce(n.%7$I, o.%7$I), v_actor, v_reason,
          case when n.%7$I is null then row(%11$s)::text else row(%8$s)::text end, coalesce(%9$s, %12$s)
        from before o full join after n on n.%7$I = o.%7$I
        where (%13$s) is distinct from (%14$s);
      end if;
      return null;
    end $body$;
    create or replace trigger history_inserted after insert on forest.%1$I
      referencing new table as after for each statement execute function forest.history_of_%1$s();
    create or replace trigger history_updated after update on forest.%1$I
      referencing old table as before new table as after for each statement execute function forest.history_of_%1$s();
    create or replace trigger history_deleted after delete on forest.%1$I
      referencing old table as before for each statement execute function forest.history_of_%1$s();
    create or replace trigger history_truncated before truncate on forest.%1$I
      for each statement execute function forest.history_refuse();
  $make$, noun, settings, insert_into, coalesce('n.' || revision, '1'), shape_id, noun, key, row_new,
    case boundary when '' then 'null::geometry' else 'n.' || boundary end, coalesce('o.' || revision, '1'), row_old,
    case boundary when '' then 'null::geometry' else 'o.' || boundary end, columns_new, columns_old);

  -- Records as known then: those that have not changed since are read where they are.
  for other in select id, columns from forest.history_shape s where s.noun = history_watch.noun order by id loop
    shapes := shapes || format(' union all select %s from (select boundary, row::forest.history_%s_%s as r from past where shape = %s offset 0) p',
      case when other.id = shape_id then typed else (
        select string_agg(case when c ->> 1 like 'geometry%' then format('boundary::%s', c ->> 1)
          when exists (select from jsonb_array_elements(other.columns) b where b ->> 0 = c ->> 0) then format('(r).%I::%s', c ->> 0, c ->> 1)
          else format('null::%s', c ->> 1) end, ', ' order by place)
        from jsonb_array_elements(shape_columns) with ordinality as x (c, place)) end, noun, other.id, other.id);
  end loop;
  execute format('drop function if exists forest.%s_then(text)', noun);
  execute format($make$
    create function forest.%1$s_then(as_of text) returns setof forest.history_%1$s_%2$s language sql stable %3$s as $body$
      with since as materialized (
        select distinct h.key from forest.history h
        where h.noun = %4$L and not forest.is_known(h.era, h.transaction, h.recorded_at, as_of)
      ), past as materialized (
        select * from (select distinct on (h.key) h.* from forest.history h join since using (key)
          where h.noun = %4$L and forest.is_known(h.era, h.transaction, h.recorded_at, as_of)
          order by h.key, h.seq desc) l where action <> 'delete'
      )
      select %5$s from forest.%1$I n where not exists (select from since where since.key = n.%6$I::text)
      %7$s
    $body$;
    create or replace function forest.history_differs_%1$s() returns table (key text, difference text) language sql stable %3$s as $body$
      select coalesce(h.key, l.key), case when l.key is null then 'lost' when h.key is null then 'unrecorded' else 'differs' end
      from (select distinct on (h.key) h.key, h.action, h.shape, h.row, h.boundary, h.revision from forest.history h where h.noun = %4$L
          order by h.key, h.seq desc) h
        full join (select n.%6$I::text as key, %8$s as revision, row(%9$s)::text as row, %10$s as boundary from forest.%1$I n) l using (key)
      where (h.key is null) or (l.key is null and h.action <> 'delete') or (l.key is not null and (h.action = 'delete'
        or h.revision <> l.revision
        or h.shape = %2$s and (h.row, ST_AsEWKB(h.boundary)) is distinct from (l.row, ST_AsEWKB(l.boundary))))
    $body$;
  $make$, noun, shape_id, settings, noun, row_live, key, shapes, coalesce('n.' || revision, '1'), row_new,
    case boundary when '' then 'null::geometry' else 'n.' || boundary end);
  if is_first then
    execute format('%s select pg_current_xact_id(), now(), forest.current_era(), %s, %s, ''create'', %L, n.%I, ''migration'', ''before history'', row(%s)::text, %s from forest.%I n',
      insert_into, coalesce('n.' || revision, '1'), shape_id, noun, key, row_new,
      case boundary when '' then 'null::geometry' else 'n.' || boundary end, noun);
  end if;
end $watch$;

select forest.history_watch(noun, key, leave_out) from (values
  ('programme', 'code', '{}'::text[]), ('region', 'code', '{}'), ('species', 'code', '{}'),
  ('plot', 'id', '{boundary_hash,is_planted,planted_on,species}'), ('planting', 'id', '{}'), ('survey', 'id', '{}'),
  ('household', 'id', '{}'), ('crew', 'code', '{}'), ('worker', 'id', '{}'), ('shift', 'id', '{}'), ('payment', 'id', '{}'),
  ('submission', 'id', '{}'), ('photo', 'id', '{}'), ('claim', 'code', '{}'), ('overlap_decision', 'id', '{}'),
  -- what a held record says, and what it is called by, may name a person
  ('held', 'id', '{record,findings,identity,source_boundary}'),
  ('held_decision', 'id', '{record,findings,identity,source_boundary}')
) as w (noun, key, leave_out) where to_regclass('forest.' || noun) is not null;
