"""Answers of the server as data frames, with what they mean in `attrs`."""

import json
from pathlib import Path
from typing import Any

import geopandas
import pandas
import pyarrow as pa
import pyarrow.parquet as pq


def read_records(path: Path) -> geopandas.GeoDataFrame:
    """Read a GeoParquet file of the server, without the boxes that it has for quick reading."""
    schema = pq.read_schema(path)
    names = [name for name in schema.names if not pa.types.is_struct(schema.field(name).type)]
    frame = geopandas.read_parquet(path, columns=names)
    for field in schema:
        if pa.types.is_decimal(field.type):
            frame[field.name] = frame[field.name].astype("float64")
        elif pa.types.is_date(field.type):
            frame[field.name] = pandas.to_datetime(frame[field.name])
    frame.attrs = json.loads(schema.metadata[b"forest"])
    return frame


def read_figure(answer: dict[str, Any]) -> pandas.DataFrame:
    """Lay a statistic's answer out: groups first, their names in both languages, then the figures."""
    by, columns = answer["parameters"]["by"], answer["columns"]
    rows = answer["rows"] if by else [answer["total"] or {}]
    laid = [{**{name: value for name, value in row.items() if not isinstance(value, dict)}, **_names(row)} for row in rows]
    figures = [column["name"] for column in columns]
    named = [name for row in laid[:1] for name in row if name not in (*by, *figures)]
    frame = pandas.DataFrame(laid, columns=[*by, *named, *figures])
    for name in figures:
        frame[name] = pandas.to_numeric(frame[name])
    frame.attrs = {
        "name": answer["name"], "unit": answer["unit"], "method": answer["method"], "as_of": answer["as_of"],
        "snapshot": answer["snapshot"], "sha256": answer["sha256"], "total": answer["total"],
        "not_additive": [column["name"] for column in columns if not column["is_additive"]],
        "is_synthetic": answer["is_synthetic"], "answer": answer,
    }  # fmt: skip
    return frame


def _names(row: dict[str, Any]) -> dict[str, str]:
    return {f"{name}_{language}": words for name, value in row.items() if isinstance(value, dict) for language, words in value.items()}
