-- What a person decided about the ground that two plots share; a later decision about the same pair takes its place.
-- `first` keeps the ground where the decision says so. The hashes are of the boundaries that it was decided on.
create table forest.overlap_decision (
  id uuid primary key,
  seq bigint not null generated always as identity unique,
  a uuid not null, b uuid not null,
  kind text not null, resolution text not null, first uuid,
  reason text not null, actor text not null,
  area_m2 float8 not null, a_hash text not null, b_hash text not null,
  decided_at timestamptz not null default now(),
  constraint overlap_decision_pair check (a < b),
  constraint overlap_decision_kind check (kind in ('duplicate', 'replanting', 'shared_boundary', 'disputed')),
  constraint overlap_decision_resolution check (resolution in ('clip', 'merge', 'accept', 'open')),
  constraint overlap_decision_first check ((resolution in ('clip', 'merge')) = (first is not null) and (first is null or first in (a, b)))
);
create index overlap_decision_pair_idx on forest.overlap_decision (a, b, seq desc);
create index overlap_decision_b on forest.overlap_decision (b);

-- How many decisions set a plot back, one behind the other; a plot that none sets back is not in here.
create table forest.overlap_rank (plot uuid primary key, rank int not null);

-- An overlap is the same whichever of its plots comes first (functions/62_located.sql).
drop index if exists forest.overlap_id;
