-- Tokens with a scope and an end; identities sealed for each person; who read them.

alter table forest.token
  add column programmes text[],
  add column crew text references forest.crew (code) on delete cascade,
  add column expires_at timestamptz,
  add column rotates uuid references forest.token (id),
  add constraint token_crew_leader check (role <> 'crew_leader' or crew is not null);
create index token_crew_idx on forest.token (crew);
create index token_rotates_idx on forest.token (rotates);

-- Whom the master key of this instance belongs to: its fingerprint, so that a wrong key is noticed at once.
create table people.master_key (
  is_only boolean primary key default true check (is_only),
  fingerprint bytea not null
);

-- An identity sealed under a key of its own (`wrapped`: that key, sealed under the master key, which is not in
-- the database). Erasing a person destroys `wrapped`; the worker, the shifts and the wages stay as they are.
create table people.sealed_identity (
  worker uuid primary key references forest.worker (id) on delete cascade,
  wrapped bytea, sealed bytea, digest bytea,
  updated_at timestamptz not null default now(),
  erased_at timestamptz, erased_by text, erase_reason text,
  constraint sealed_or_erased check ((wrapped is null) = (erased_at is not null)
    and (sealed is null) = (erased_at is not null) and (digest is null) = (erased_at is not null))
);

-- What a sheet may call a worker by, as HMAC-SHA-256 under the master key: found again, never read.
create table people.lookup (
  key bytea primary key,
  worker uuid not null references forest.worker (id) on delete cascade
);
create index lookup_worker_idx on people.lookup (worker);

-- Who read whose identity, when and why. Only ever added to; no reference, so that it outlives the worker.
create table people.access_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null, role text not null, token uuid,
  action text not null, worker uuid not null, reason text not null
);
create index access_log_worker_idx on people.access_log (worker, id);
