-- A number that a rule judges by, as one programme has set it from a date on. Rows are only ever added: what a
-- finding was judged by stays to be read.
create table forest.threshold (
  programme text not null constraint threshold_programme references forest.programme (code),
  rule text not null, parameter text not null,
  version int not null constraint threshold_version check (version > 0),
  value float8 not null,
  valid_from date not null,
  reason text, actor text not null,
  received_at timestamptz not null default now(),
  primary key (programme, rule, parameter, version)
);

alter table forest.finding add column judged_by jsonb not null default '{}';

-- Records that go with a held one (the planting of a plot from a file), and are admitted once it is.
alter table forest.held add column companions jsonb not null default '[]';

-- What became of a held record: the record itself, whole, with who decided, when and why. Nothing that was held
-- leaves without a row here. Only ever added to.
create table forest.held_decision (
  id uuid primary key,
  held uuid not null,
  decision text not null constraint held_decision_kind check (decision in ('accept', 'discard', 'replace', 'superseded')),
  reason text not null,
  actor text not null,
  became text,
  replacement jsonb,
  decided_at timestamptz not null default now(),
  -- the record as it was held
  noun text not null, programme text references forest.programme (code), identity text not null,
  record jsonb not null, findings jsonb not null, companions jsonb not null,
  submission uuid references forest.submission (id), submission_row bigint, source_boundary bytea,
  held_by text not null, received_at timestamptz not null
);
create index held_decision_held_idx on forest.held_decision (held);
create index held_decision_programme_idx on forest.held_decision (programme);
create index held_decision_submission_idx on forest.held_decision (submission);
