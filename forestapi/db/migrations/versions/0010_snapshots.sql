-- Frozen moments: what the ledger was when somebody said "this is what we publish". A moment is written
-- era@xmin:xmax:xip, as every answer carries it; `head` is the newest block of history that was sealed by then.
create table forest.snapshot (
  id uuid primary key,
  moment text not null,
  made_at timestamptz not null default now(),
  made_by text not null,
  label text not null constraint snapshot_label check (length(label) between 1 and 200),
  reason text,
  history_block bigint, history_head bytea
);
create index snapshot_made_at_idx on forest.snapshot (made_at, id);
