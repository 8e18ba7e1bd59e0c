-- Reading history: an entry's row as a document, the versions that everybody may see, and who may ask for the past.

create or replace function forest.history_document(shape smallint, written text, boundary geometry) returns jsonb
language plpgsql stable as $$
declare document jsonb;
begin
  execute (select format('select to_jsonb($1::forest.history_%s_%s)', s.noun, s.id) from forest.history_shape s where s.id = shape)
    into document using written;
  if document ? 'boundary' then
    document := document || jsonb_build_object('boundary', ST_AsGeoJSON(boundary, 9, 0)::jsonb);
  end if;
  return document - 'source_boundary';
end $$;

-- Versions of what is public, without who changed it and why, and without columns that may name somebody.
create or replace function forest.public_versions(noun text, key text, as_of text default null)
returns table (cursor text, recorded_at timestamptz, revision int, action text, record jsonb)
language sql stable security definer as $$
  select h.era || '.' || h.transaction || '.' || h.seq, forest.committed_at(h.era, h.transaction, h.recorded_at), h.revision, h.action,
    forest.history_document(h.shape, h.row, h.boundary) - '{attributes,checker,remarks,submission,submission_row}'::text[]
  from forest.history h
  where h.noun = $1 and h.key = $2 and $1 in ('programme', 'region', 'species', 'plot', 'planting', 'survey')
    and ($3 is null or forest.is_known(h.era, h.transaction, h.recorded_at, $3))
  order by h.seq
$$;

-- The past of work is the staff's, within the scope of the token, as the present is. These functions run with the
-- owner's rights, so each one says itself who may call it.
do $$
declare each record; role text;
begin
  for each in select p.oid::regprocedure as name, p.proname from pg_proc p
    where p.pronamespace = 'forest'::regnamespace and (p.proname like '%\_then' or p.proname like '%\_as\_of'
      or p.proname like 'history\_differs\_%' or p.proname in ('history_watch', 'era_check', 'history_begin'))
  loop
    execute format('revoke all on function %s from public', each.name);
    foreach role in array forest.roles() loop
      if to_regrole(role) is null then continue; end if;
      if each.proname like '%\_as\_of' and (each.proname not in ('work_as_of', 'shifts_as_of', 'shifts_located_as_of', 'wages_as_of') or role <> 'forest_public') then
        execute format('grant execute on function %s to %I', each.name, role);
      end if;
    end loop;
  end loop;
  foreach role in array forest.roles() loop
    if to_regrole(role) is not null and role <> 'forest_public' then
      execute format('grant select on forest.history_shape, forest.era to %I', role);
    end if;
  end loop;
end $$;
