-- One row for each statement that changed what tiles show; whoever keeps tiles reads those that were committed since
-- it looked last. They are taken out again after about a minute.
create table forest.tile_change (
  transaction xid8 not null default pg_current_xact_id(),
  layer text,      -- null: every layer
  boxes float8[]   -- n by 4: west, south, east, north in metres of EPSG:3857; null: everywhere
);
create index tile_change_transaction_idx on forest.tile_change (transaction);

-- Changes of transactions before this one have been taken out: who looked last before it has missed some.
create table forest.tile_settled (before xid8 not null);
insert into forest.tile_settled values ('0');
