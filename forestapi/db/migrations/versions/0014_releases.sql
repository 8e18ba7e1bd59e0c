-- Releases: what the public learns of work. A month or quarter of a programme is divided once into atoms, each with
-- enough workers and households, and never again. Rows are only ever added.
create table forest.release (
  id uuid primary key,
  programme text not null constraint release_programme references forest.programme (code),
  kind text not null constraint release_kind check (kind in ('month', 'quarter', 'correction')),
  starts_on date not null, ends_on date not null,
  method_version int not null,
  is_withheld boolean not null,
  is_synthetic boolean not null,
  sha256 text not null,
  -- what was known then: the rows that were counted can be had again from history
  moment text not null,
  made_at timestamptz not null default now(), made_by text not null,
  constraint release_once unique (programme, kind, starts_on)
);

-- One atom; a column that it was not divided by is null. `county` '' is work outside any county. An atom of a
-- correction is what is to be added to the one of the same month or quarter and key.
create table forest.release_atom (
  release uuid not null references forest.release (id),
  number int not null,
  kind text not null, starts_on date not null,
  county text, township text, sex text, age_band text,
  person_times bigint, person_days bigint, hours numeric, distinct_workers int,
  wages_yuan numeric,
  primary key (release, number)
);

-- The role that read live figures for the public page is no more.
do $$ begin
  if to_regrole('forest_headline') is not null then
    drop owned by forest_headline;
    drop role forest_headline;
  end if;
exception when insufficient_privilege or dependent_objects_still_exist then
  raise notice 'the role forest_headline is still in the cluster: another database, or who made it, has it';
end $$;
