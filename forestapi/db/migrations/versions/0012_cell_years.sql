-- Planted plots in the cells of the map's grid, for each year of planting: what the slider of years counts with.
create table forest.cell_year (
  level smallint not null, x int not null, y int not null, programme text not null, year int not null,
  plots int not null, area_m2 float8 not null,
  primary key (level, x, y, programme, year)
);
create unlogged table forest.cell_year_due (
  transaction xid8 not null default pg_current_xact_id(),
  programmes text[] not null, years int[] not null, xs int[] not null, ys int[] not null, plots int[] not null,
  areas_m2 float8[] not null
);
create index cell_year_due_transaction on forest.cell_year_due (transaction);

insert into forest.cell_year (level, x, y, programme, year, plots, area_m2)
select l.level, p.x >> (10 - l.level), p.y >> (10 - l.level), p.programme, p.year, count(*), sum(p.area_m2)
from (
  select programme, extract(year from planted_on)::int as year, area_m2,
    floor((ST_X(middle) + 20037508.342789244) / (40075016.685578488 / 65536))::int as x,
    floor((ST_Y(middle) + 20037508.342789244) / (40075016.685578488 / 65536))::int as y
  from forest.planted, lateral (select ST_Centroid(ST_Transform(ground, 3857)) as middle) m
  where planted_on is not null
) p, generate_series(4, 10) as l (level)
group by 1, 2, 3, 4, 5;

-- Readers look for a plot by the beginning of its number.
create index plot_number_idx on forest.plot (number text_pattern_ops);
