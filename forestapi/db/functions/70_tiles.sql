-- Vector tiles. Each layer is one function of zoom, column and row, and of the programmes to show (null: all).
drop function if exists forest.tile_cells(int, int, int), forest.tile_plots(int, int, int),
  forest.tile_plots(int, int, int, text[]), forest.tile_regions(int, int, int);

create or replace function forest.tile_cells(z int, x int, y int, programmes text[]) returns bytea
language sql stable parallel safe as $$
  -- Cells are kept for levels 4 to 10; below, four by four of them (and so on) make one.
  -- column_west, row_south: in the query below, a bare x or y would be the cell's own.
  with k as (select greatest(z, 4) as level, greatest(4 - z, 0) as shift, forest.cell_side_m(z) as side_m,
    x as column_west, (1 << z) - 1 - y as row_south),
  c as (
    select c.x >> k.shift as cx, c.y >> k.shift as cy, sum(c.plots)::int as plots,
      (sum(c.area_m2) / 10000)::float8 as area_ha, k.side_m
    from forest.cell c, k
    where c.level = k.level and c.plots > 0 and (programmes is null or c.programme = any(programmes))
      and c.x >= (k.column_west * 64) << k.shift and c.x < ((k.column_west + 1) * 64) << k.shift
      and c.y >= (k.row_south * 64) << k.shift and c.y < ((k.row_south + 1) * 64) << k.shift
    group by 1, 2, k.side_m
  ),
  -- of these, the plots whose year of planting is known: n2018 of them with a2018 hectares
  by_year as (
    select cx, cy, jsonb_object_agg('n' || year, plots) || jsonb_object_agg('a' || year, area_ha) as years from (
      select c.x >> k.shift as cx, c.y >> k.shift as cy, c.year, sum(c.plots)::int as plots,
        round((sum(c.area_m2) / 10000)::numeric, 2)::float8 as area_ha
      from forest.cell_year c, k
      where c.level = k.level and c.plots > 0 and (programmes is null or c.programme = any(programmes))
        and c.x >= (k.column_west * 64) << k.shift and c.x < ((k.column_west + 1) * 64) << k.shift
        and c.y >= (k.row_south * 64) << k.shift and c.y < ((k.row_south + 1) * 64) << k.shift
      group by 1, 2, 3) e
    group by cx, cy
  ),
  m as (
    select plots, round(area_ha::numeric, 2)::float8 as area_ha, years, ST_AsMVTGeom(
      ST_SetSRID(ST_MakePoint((cx + 0.5) * side_m - 20037508.342789244, (cy + 0.5) * side_m - 20037508.342789244), 3857),
      ST_TileEnvelope(z, x, y), 4096, 0, true) as geom
    from c left join by_year using (cx, cy)
  )
  select ST_AsMVT(m, 'cells', 4096, 'geom') from m
$$;

-- `picked` keeps the boundaries to these plots (what a filter finds); null is all.
create or replace function forest.tile_plots(z int, x int, y int, programmes text[], picked uuid[] default null) returns bytea
language plpgsql stable parallel safe as $$
declare tile bytea;
begin
  if z <= 10 then return forest.tile_cells(z, x, y, programmes); end if;
  with b as (select ST_TileEnvelope(z, x, y) as box, 40075016.685578488 / (1 << z) / 4096 as pixel_m),
  m as (
    select p.id::text as id, p.number, p.programme, p.region, extract(year from d.planted_on)::int as year,
      d.species, round((p.area_m2 * 3 / 2000)::numeric, 1)::float8 as area_mu, p.lifecycle, g.is_synthetic,
      round(s.survival::numeric, 3)::float8 as survival,
      -- ST_AsMVTGeom makes valid what it draws: the simplification that keeps rings apart takes six times as long for the same tile
      ST_AsMVTGeom(case when z < 13 then ST_Simplify(p.shape, b.pixel_m * 4, true) else p.shape end,
        b.box, 4096, 64, true) as geom
    from b, forest.plot p join forest.programme g on g.code = p.programme left join forest.planted d on d.plot = p.id
      left join lateral (select c.live_holes::float8 / c.sample_holes as survival from forest.survey c
        where c.plot = p.id and c.stage <> 'establishment' order by c.surveyed_on desc, c.id desc limit 1) s on true
    where p.shape && ST_Expand(b.box, b.pixel_m * 64) and (programmes is null or p.programme = any(programmes))
      and (picked is null or p.id = any(picked))
  )
  select ST_AsMVT(m, 'plots', 4096, 'geom') into tile from m where geom is not null;
  return tile;
end $$;

create or replace function forest.tile_regions(z int, x int, y int, programmes text[]) returns bytea
language sql stable parallel safe as $$
  with b as (select ST_TileEnvelope(z, x, y) as box, 40075016.685578488 / (1 << z) / 4096 as pixel_m),
  r as (
    select code, level, name_zh, name_en, shape, box, pixel_m from forest.region, b
    where shape && ST_Expand(box, pixel_m * 64)
      -- counties at every zoom: they are coloured by what is planted in them
      and level = any(case when z < 5 then array['province', 'county'] when z < 11 then array['province', 'prefecture', 'county']
        else array['province', 'prefecture', 'county', 'township', 'village'] end
        || case when not exists (select from forest.region where level = 'province') then array['prefecture'] else '{}' end)
  ),
  outlines as (
    select code, level, name_zh, name_en,
      ST_AsMVTGeom(ST_SimplifyPreserveTopology(shape, pixel_m * 4), box, 4096, 64, true) as geom
    from r
  ),
  labels as (
    select code, level, name_zh, name_en, ST_AsMVTGeom(ST_PointOnSurface(shape), box, 4096, 0, true) as geom
    from r
    where z >= 5 or level <> 'county' or not exists (select from forest.region where level = 'province')
  )
  select coalesce((select ST_AsMVT(outlines, 'regions', 4096, 'geom') from outlines where geom is not null), '')
    || coalesce((select ST_AsMVT(labels, 'labels', 4096, 'geom') from labels where geom is not null), '')
$$;
