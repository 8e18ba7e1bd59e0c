"""The client: one method for records, one for figures, one for files, one for maps."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import folium
import geopandas
import httpx
import pandas

from forest_client._errors import ForestError, error_of
from forest_client._frames import read_figure, read_records
from forest_client._map import draw

Value = str | int | float | Iterable[str | int | float]


class Client:
    """A Forest API as one token (or the public) sees it.

    Args:
        url: its address; left out, that of the environment variable FOREST_URL, else `http://127.0.0.1:8000`.
        token: a token; left out, that of FOREST_TOKEN, else what everybody may read is read.
        timeout_s: how long the server may be silent.

    """

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout_s: float = 300) -> None:
        """Keep address and token; nothing is asked yet."""
        self.url = (url or os.environ.get("FOREST_URL") or "http://127.0.0.1:8000").rstrip("/")
        token = token or os.environ.get("FOREST_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> "Client":
        """Use the client until the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def records(self, collection: str, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read all records of a collection that meet a query.

        Args:
            collection: plots, plantings, surveys, regions, overlaps or shifts.
            query: what the server knows: `filter` (CQL2), `bbox` (west, south, east, north), `datetime`, `as_of`, and any
                column of the collection's list; several values are given as a list.

        Returns:
            A frame in longitude and latitude; `attrs` tells CRS, area method, time, snapshot, filters and licence. Dates are
            dates, decimals floating-point numbers, and nested values JSON texts.

        Raises:
            ForestError: the server refuses, or cannot be reached.

        """
        with tempfile.TemporaryDirectory(prefix="forest-client-") as folder:
            path = Path(folder) / "records.parquet"
            self.export(collection, path, f="geoparquet", **query)
            return read_records(path)

    def plots(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read plots with their boundaries; see `records`."""
        return self.records("plots", **query)

    def plantings(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read plantings, each at a point of its plot; see `records`."""
        return self.records("plantings", **query)

    def surveys(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read survival checks, each at a point of its plot; see `records`."""
        return self.records("surveys", **query)

    def regions(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read regions with their boundaries; see `records`."""
        return self.records("regions", **query)

    def overlaps(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read ground that two plots claim; see `records`."""
        return self.records("overlaps", **query)

    def shifts(self, **query: Value | None) -> geopandas.GeoDataFrame:
        """Read shifts of pseudonymous workers, each at a point of its plot or nowhere; takes a token; see `records`."""
        return self.records("shifts", **query)

    def export(self, collection: str, path: str | Path, *, f: str, **query: Value | None) -> Path:
        """Save all records that meet a query as a file; it appears only once it is whole.

        Args:
            collection: as for `records`.
            path: the file; one that is there is replaced.
            f: the server's name of the format: geoparquet, geopackage, csv, xlsx …
            query: as for `records`; for tables also `geometry` (wkt, lonlat, none).

        Raises:
            ForestError: the server refuses, or cannot be reached.

        """
        path = Path(path)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            partial = Path(folder) / path.name
            try:
                with self._http.stream("GET", f"/api/v1/exports/{collection}", params=_worded({**query, "f": f})) as response:
                    if response.status_code != 200:
                        response.read()
                        raise error_of(response)
                    with partial.open("wb") as stream:
                        for piece in response.iter_bytes():
                            stream.write(piece)
            except httpx.HTTPError as error:
                raise self._unreached(error) from error
            shutil.move(partial, path)
        return path

    def statistic(self, name: str, by: Iterable[str] = (), **query: Value | None) -> pandas.DataFrame:
        """Compute a statistic.

        Args:
            name: one of `statistics()`.
            by: dimensions to group by.
            query: what the server knows: dimensions and parameters of the statistic, `filter`, `bbox`, `datetime`,
                `region_level`, `as_of`.

        Returns:
            A row for each group, or the total where `by` is empty. `attrs` carries `unit`, `method`, `as_of`, `snapshot`,
            `sha256`, the `total`, and `not_additive`: the columns that must not be added over rows. `attrs["answer"]` is the
            whole answer, to be published with the figure and verified later.

        Raises:
            ForestError: the server refuses, or cannot be reached.

        """
        return read_figure(self.get(f"/api/v1/statistics/{name}", **{**query, "by": list(by) or None}))

    def statistics(self) -> pandas.DataFrame:
        """List the statistics that there are, with title, unit and dimensions."""
        found = self.get("/api/v1/statistics")
        return pandas.DataFrame([
            {"name": s["name"], "title": s["title"]["en"], "title_zh": s["title"]["zh"], "unit": s["unit"],
             "by": [d["name"] for d in s["dimensions"]]} for s in found
        ]).set_index("name")  # fmt: skip

    def get(self, path: str, **query: Value | None) -> Any:
        """Read any address of the API that answers JSON, such as `/api/v1/claims`.

        Raises:
            ForestError: the server refuses, or cannot be reached.

        """
        try:
            response = self._http.get(path, params=_worded(query))
        except httpx.HTTPError as error:
            raise self._unreached(error) from error
        if response.status_code != 200:
            raise error_of(response)
        return response.json()

    def map(self, frame: geopandas.GeoDataFrame, *, tooltip: Iterable[str] | None = None, tiles: str | None = None, attribution: str = "") -> folium.Map:
        """Draw a frame on a map whose scripts come from the server, so that it asks no other host.

        Args:
            frame: any frame with geometries.
            tooltip: columns to show at the pointer; left out, the first few.
            tiles: addresses of background tiles with `{z}`, `{x}`, `{y}`; left out, there is no background.
            attribution: whose the tiles are.

        """
        return draw(frame, self.url, tooltip=tooltip, tiles=tiles, attribution=attribution)

    def _unreached(self, error: httpx.HTTPError) -> ForestError:
        words = f"{self.url} cannot be reached, or broke off: {error}"
        return ForestError("unreachable", words, text_zh=f"无法连接 {self.url}，或连接中断：{error}")


def _worded(query: Mapping[str, Any]) -> dict[str, str]:
    """Write a query's values as addresses have them: several by commas, nothing for None."""
    return {
        name: str(value) if isinstance(value, str) or not isinstance(value, Iterable) else ",".join(map(str, value))
        for name, value in query.items()
        if value is not None
    }
