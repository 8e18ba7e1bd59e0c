-- The history of every noun, written by triggers (functions/15_history.sql) and never changed again.

-- Transaction numbers grow within one cluster. A ledger that was restored into another one, whose numbers are
-- lower, goes on in the next era, so that (era, transaction, seq) always grows.
create table forest.era (
  number int primary key,
  began_at timestamptz not null default now()
);
insert into forest.era (number) values (1);

-- How the rows of a noun are written: the columns, in order, that `row` holds. The composite type
-- forest.history_<noun>_<id> reads them; a new column makes a new shape, and old entries keep theirs.
create table forest.history_shape (
  id smallint generated always as identity primary key,
  noun text not null,
  columns jsonb not null,
  unique (noun, columns)
);

create table forest.history (
  transaction xid8 not null,
  seq bigint generated always as identity,
  recorded_at timestamptz not null,
  era int not null,
  revision int not null,
  shape smallint not null references forest.history_shape (id),
  action text not null check (action in ('create', 'update', 'delete')),
  noun text not null, key text not null,
  actor text not null, reason text,
  row text not null,
  boundary geometry,
  primary key (era, transaction, seq)
);
create index history_key_idx on forest.history (key);
create index history_recorded_at_idx on forest.history using brin (recorded_at);

-- Entries that are committed, sealed in the order (era, transaction, seq): the root of a Merkle tree over them,
-- and a head that rests on the head before. The leaves are kept, so that a changed entry can be named.
create table forest.history_block (
  number bigint primary key,
  era int not null, transaction xid8 not null, seq bigint not null,
  entries int not null check (entries > 0),
  seqs bigint[] not null, leaves bytea not null,
  root bytea not null, previous bytea not null, head bytea not null,
  sealed_at timestamptz not null
);
