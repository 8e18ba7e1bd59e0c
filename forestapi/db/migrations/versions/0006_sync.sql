-- Phones: who they are, what they handed in, and the photos that they took.

create table forest.device (
  id uuid primary key,
  programme text not null references forest.programme (code) on delete cascade,
  crew text not null references forest.crew (code) on delete cascade,
  label text not null,
  made_by text not null, made_at timestamptz not null default now(),
  enrolled_at timestamptz, seen_at timestamptz,
  revoked_at timestamptz, revoke_reason text
);
create index device_crew_idx on forest.device (crew);
create index device_programme_idx on forest.device (programme);
alter table forest.token add column device uuid references forest.device (id) on delete cascade;
create index token_device_idx on forest.token (device);

-- A code that enrols a phone once; only its SHA-256 is kept.
create table forest.device_code (
  sha256 bytea primary key,
  device uuid not null references forest.device (id) on delete cascade,
  expires_at timestamptz not null, used_at timestamptz
);
create index device_code_device_idx on forest.device_code (device);

-- What phones handed in: one row for an operation, for ever, so that its id has one effect for ever. `payload` is
-- kept (sealed under the master key: it may name a person) until the operation is in the ledger.
create table forest.sync_operation (
  op uuid primary key,
  device uuid not null references forest.device (id),
  programme text not null, crew text not null,
  seq bigint not null, noun text not null, action text not null, key uuid not null,
  base_revision int, device_time text, batch uuid not null, "group" uuid, resolves uuid, choice text,
  sha256 bytea not null, payload bytea,
  outcome text, revision int, findings jsonb not null default '[]', conflict jsonb,
  waits_for uuid[], held uuid, label text not null,
  received_at timestamptz not null default now(), decided_at timestamptz,
  era int not null, transaction xid8 not null default pg_current_xact_id()
);
create index sync_operation_device_idx on forest.sync_operation (device, seq);
create index sync_operation_waiting_idx on forest.sync_operation (crew) where waits_for is not null;

-- Bytes that could not be taken for what they say they are: unreadable, under an id that is taken, from a revoked phone.
create table forest.sync_quarantine (
  op text, device uuid not null references forest.device (id),
  programme text not null, crew text not null,
  rule text not null, sha256 bytea not null, bytes bytea not null,
  received_at timestamptz not null default now(),
  primary key (device, sha256, rule)
);

create table forest.photo (
  id uuid primary key,
  programme text not null references forest.programme (code), crew text,
  file text not null,
  subject_noun text not null, subject uuid not null,
  taken_at timestamptz, lon float8, lat float8, accuracy_m float8, mime text not null, size int not null,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create index photo_programme_idx on forest.photo (programme);
create index photo_file_idx on forest.photo (file);
create index photo_subject_idx on forest.photo (subject);

-- Files of photos that are on disk, whole, under their SHA-256.
create table forest.photo_file (
  sha256 text primary key, mime text not null, size int not null,
  received_at timestamptz not null default now(),
  era int not null, transaction xid8 not null default pg_current_xact_id()
);

-- Backups that were read again and found whole: all that `snapshot` saw is in them.
create table forest.backup (
  id uuid primary key,
  made_at timestamptz not null default now(),
  era int not null, snapshot pg_snapshot not null
);
