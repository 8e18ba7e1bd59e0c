"""A map as one file: the plots of a programme, with its headline, to open from disk."""

import geopandas as gpd
import pandas as pd
import shapely

from forestapi.db.transaction import Row, Transaction
from forestapi.services import headline
from forestapi.web import home, languages, view
from maps import layers
from maps.folium_map import Names, single_file


async def one_file(tx: Transaction, programme: str | None, language: str) -> str:
    """Write the HTML of a map that asks no host for anything.

    Raises:
        NotFound: there is no such programme.

    """
    facts = await headline.read(tx, programme)
    plots = await tx.rows(
        """select number, p.programme, region, extract(year from planted_on)::int as year, species,
          p.area_m2 * 3 / 2000 as area_mu, lifecycle, g.is_synthetic, ST_AsBinary(boundary) as geometry
        from forest.plot p join forest.programme g on g.code = p.programme left join forest.planted d on d.plot = p.id
        where p.programme = any($1) order by p.id""",
        facts.chosen,
    )
    regions = await tx.rows(
        """select code, name_zh, coalesce(name_en, name_zh) as name_en, ST_AsBinary(boundary) as geometry
        from forest.region r where level = 'county' and boundary is not null
          and exists (select from forest.plot p where p.region = r.code and p.programme = any($1))""",
        facts.chosen,
    )
    names = await tx.rows("select code, name_zh, name_en from forest.species")
    columns = ["number", "programme", "region", "year", "species", "area_mu", "lifecycle", "is_synthetic"]
    return single_file(
        _frame(plots, columns),
        _frame(regions, ["code", "name_zh", "name_en"]) if regions else None,
        view.banner(facts, {code: languages.catalogue(home.WORDS, code) for code in languages.LANGUAGES}, links=False),
        layers.every()["plots"],
        language=language,
        names=Names(
            species={row["code"]: row[f"name_{language}"] for row in names},
            programme={record["code"]: record[f"name_{language}"] for record in facts.programmes},
        ),
    )


def _frame(rows: list[Row], columns: list[str]) -> gpd.GeoDataFrame:
    data = pd.DataFrame([[row[name] for name in columns] for row in rows], columns=columns)
    geometry = shapely.from_wkb([row["geometry"] for row in rows])
    return gpd.GeoDataFrame(data, geometry=geometry, crs="EPSG:4326")
