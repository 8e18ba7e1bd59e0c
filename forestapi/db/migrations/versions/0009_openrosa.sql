-- Filled-in forms from ODK Collect: each kept as it came, under its instance, with what became of its records.

create table forest.openrosa_form (
  instance text primary key,
  form text not null, version text,
  submission uuid not null references forest.submission (id),
  sha256 text not null,
  xml bytea not null,
  outcomes jsonb not null,
  actor text not null, token uuid,
  received_at timestamptz not null default now()
);
create index openrosa_form_submission_idx on forest.openrosa_form (submission);

-- What came with a form, in one request or several; the bytes are kept under their hash.
create table forest.openrosa_file (
  instance text not null,
  file_name text not null, sha256 text not null,
  media_type text not null, bytes bigint not null,
  actor text not null, token uuid,
  received_at timestamptz not null default now(),
  primary key (instance, file_name, sha256)
);

-- What could not be taken: unreadable, of no known form, or under an instance that is taken. `instance` is that of
-- the form, or the hash of the bytes where it names none.
create table forest.openrosa_refused (
  instance text not null, sha256 text not null,
  code text not null, xml bytea not null,
  actor text not null, token uuid,
  received_at timestamptz not null default now(),
  primary key (instance, sha256)
);
