-- Figures that were published somewhere, to be held against the ledger.
create table forest.claim (
  code text primary key,
  programme text not null constraint claim_programme references forest.programme (code),
  statement_zh text not null, statement_en text not null,
  value numeric(20,4) not null, unit text not null, meaning text, rounded_to numeric(20,4),
  period_from date, period_to date, claimed_on date,
  regions jsonb not null default '[]',
  source text not null,
  revision int not null default 1,
  received_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  constraint claim_value check (value > 0 and rounded_to > 0),
  constraint claim_period check (period_to >= period_from)
);
create index claim_programme_idx on forest.claim (programme);
