-- Phones and what they hand in: devices, operations with what became of each (kept for ever, so that a retry has one
-- effect for ever), the bytes that could not be taken in, photos, and the backups that hold all of it.

create table forest.device (
  id uuid primary key,
  crew text not null constraint device_crew references forest.crew (code),
  programme text not null constraint device_programme references forest.programme (code),
  label text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  enrolled_at timestamptz, seen_at timestamptz,
  revoked_at timestamptz, revoked_by text, revoke_reason text,
  -- all operations up to this number of the device's own count are here
  received_upto bigint not null default 0,
  -- how far the server's clock is ahead of the device's, as the last batch showed it
  clock_offset_s float8
);
create index device_crew_idx on forest.device (crew);
create index device_programme_idx on forest.device (programme);

-- A code that enrols one phone once: only its hash is kept.
create table forest.enrolment (
  sha256 bytea primary key,
  device uuid not null references forest.device (id),
  expires_at timestamptz not null, used_at timestamptz
);
create index enrolment_device_idx on forest.enrolment (device);
alter table forest.token add column device uuid references forest.device (id);
create index token_device_idx on forest.token (device);

-- One row for each operation, whatever became of it. Its primary key is what makes the effect happen once.
create table forest.sync_operation (
  op uuid primary key,
  device uuid not null references forest.device (id),
  crew text not null, programme text not null,
  seq bigint not null, batch uuid not null,
  noun text not null, action text not null, key uuid not null,
  base_revision int, group_id uuid, resolves uuid, choice text,
  sha256 bytea not null,
  file text,
  device_at timestamptz, clock_offset_s float8,
  received_at timestamptz not null default now(),
  era int not null, transaction xid8 not null default pg_current_xact_id(),
  -- what was answered first, and is answered to every retry; `retry` is not decided yet
  outcome text not null default 'retry', revision int, held uuid,
  findings jsonb not null default '[]', conflict jsonb,
  -- what has become of it since: a parent came, a person decided
  now_outcome text, now_revision int, now_held uuid, now_findings jsonb,
  is_waiting boolean not null default false
) with (fillfactor = 80);
create index sync_operation_device_seq on forest.sync_operation (device, seq);
create index sync_operation_key on forest.sync_operation (key);
create index sync_operation_waiting on forest.sync_operation (crew) where is_waiting;

-- Bytes as they were handed in, of what was not taken into the ledger, sealed under the instance's master key,
-- because they may name somebody.
create table forest.sync_quarantine (
  id uuid primary key,
  op uuid, subject uuid,
  device uuid not null references forest.device (id),
  crew text not null, programme text not null,
  sha256 bytea not null, sealed bytea not null,
  why text not null,
  received_at timestamptz not null default now()
);
create unique index sync_quarantine_once on forest.sync_quarantine
  (device, sha256, coalesce(op, '00000000-0000-0000-0000-000000000000'));
create index sync_quarantine_op on forest.sync_quarantine (op);
create index sync_quarantine_subject on forest.sync_quarantine (subject);

-- The bytes of photos lie in the instance's folder under their hash; here is which of them are there.
create table forest.photo_file (
  sha256 text primary key,
  mime text not null, size_bytes bigint not null, width int not null, height int not null,
  actor text not null,
  received_at timestamptz not null default now(),
  era int not null, transaction xid8 not null default pg_current_xact_id()
);
create table forest.photo (
  id uuid primary key,
  programme text not null constraint photo_programme references forest.programme (code),
  crew text constraint photo_crew references forest.crew (code),
  subject_noun text not null, subject uuid not null,
  taken_at timestamptz, lon float8, lat float8, accuracy_m float8,
  mime text not null, size bigint not null, file text not null,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint photo_position check (lon between -180 and 180 and lat between -90 and 90 and accuracy_m >= 0)
);
create index photo_programme_idx on forest.photo (programme);
create index photo_crew_idx on forest.photo (crew);
create index photo_subject_idx on forest.photo (subject);
create index photo_file_idx on forest.photo (file);

-- A backup whose files were read again and found whole, and the moment of the ledger that it holds.
create table forest.backup (
  id uuid primary key,
  era int not null, snapshot pg_snapshot not null,
  manifest_sha256 bytea not null,
  made_at timestamptz not null, verified_at timestamptz not null default now()
);
