-- What plantings say of a plot leaves the plot's row: writing a planting no longer computes its geometries and
-- writes its eight indexes again. Derived tables lose foreign keys to what they are derived from.

drop trigger if exists credit_inserted on forest.plot;
drop trigger if exists credit_updated on forest.plot;
drop trigger if exists credit_deleted on forest.plot;
drop trigger if exists plot_derive on forest.plot;

-- A row for each plot with a planting of kind `new`: its ground, and what the order of credit goes by.
create table forest.planted (
  plot uuid primary key,
  programme text not null, received_at timestamptz not null,
  planted_on date, species text,
  area_m2 float8 not null,
  ground geometry(MultiPolygon, 6933) not null
);
insert into forest.planted (plot, programme, received_at, planted_on, species, area_m2, ground)
select id, programme, received_at, planted_on, species, area_m2, ground from forest.plot where is_planted;
create index planted_ground_gix on forest.planted using gist (ground);
create index planted_programme_idx on forest.planted (programme, planted_on);

alter table forest.plot drop column ground cascade, drop column is_planted cascade,
  drop column planted_on cascade, drop column species cascade;

alter table forest.planting_line drop constraint planting_line_planting_fkey;
alter table forest.plot_species drop constraint plot_species_plot_fkey, drop constraint plot_species_species_fkey;

-- Counts of plots that wait for the commit are kept by cell of the finest level.
drop table if exists forest.cell_due cascade;
create unlogged table forest.cell_due (
  transaction xid8 not null default pg_current_xact_id(),
  programmes text[] not null, xs int[] not null, ys int[] not null, plots int[] not null, areas_m2 float8[] not null
);
create index cell_due_transaction on forest.cell_due (transaction);
