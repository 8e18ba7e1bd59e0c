"""Rows on their way from a cursor of the database into a file: one batch in memory at a time."""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import BadRequest
from forestapi.store.exports import Column
from geo.formats import GEOMETRY, JSON, FormatError

BATCH_ROWS = 1000
Change = Callable[[pa.RecordBatch], pa.RecordBatch]


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Give the Arrow schema of columns; the geometry is called `geometry`, as formats expect it."""
    return pa.schema([
        pa.field(GEOMETRY if c.kind == "geometry" else c.name, _type(c), metadata=JSON if c.kind == "json" else None) for c in columns
    ])  # fmt: skip


def _type(column: Column) -> pa.DataType:
    return {
        "text": pa.string(), "json": pa.string(), "integer": pa.int32(), "long": pa.int64(), "number": pa.float64(),
        "boolean": pa.bool_(), "day": pa.date32(), "moment": pa.timestamp("ms", tz="UTC"), "geometry": pa.binary(),
        "decimal": pa.decimal128(column.precision or 1, column.scale),
    }[column.kind]  # fmt: skip


_COMES_AS = {"decimal": pa.string(), "day": pa.int32(), "moment": pa.int64()}
"""How the database gives what is then cast, in one step for a whole column (`store.exports`)."""


def _batch(columns: Sequence[Column], rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        pa.array(values, type=_COMES_AS.get(column.kind, field.type)).cast(field.type)
        for column, field, values in zip(columns, schema, zip(*(row.values() for row in rows), strict=True), strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


async def pour(
    tx: Transaction, statement: Sql, columns: Sequence[Column], write: Callable[[pa.RecordBatchReader], None], change: Change | None = None
) -> int:
    """Run a statement and let `write` draw its rows, in a thread of its own; return how many there were.

    Args:
        tx: the transaction, which nothing else may use meanwhile.
        statement: selects the columns in their order.
        columns: what they are.
        write: reads the reader to its end.
        change: done to each batch on its way.

    Raises:
        BadRequest: the format cannot hold the rows.

    """
    loop, source = asyncio.get_running_loop(), tx.batches(statement, size=BATCH_ROWS)
    schema, count, is_stopped = schema_of(columns), 0, False
    failed: BaseException | None = None

    async def draw() -> list[Row] | None:
        return await anext(source, None)

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal count, failed
        try:
            while not is_stopped and (rows := asyncio.run_coroutine_threadsafe(draw(), loop).result()):
                count += len(rows)
                batch = _batch(columns, rows, schema)
                yield change(batch) if change else batch
        except GeneratorExit:
            raise
        except BaseException as error:  # the writer would tell its own story of it
            failed = error
            raise

    nothing = pa.RecordBatch.from_pylist([], schema=schema)
    reader = pa.RecordBatchReader.from_batches((change(nothing) if change else nothing).schema, batches())
    writing = asyncio.ensure_future(asyncio.to_thread(write, reader))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        is_stopped = True
        await asyncio.wait({writing})
        raise
    except FormatError as error:
        raise BadRequest(error.text, code=error.code) from error
    except Exception:
        if failed:
            raise failed from None
        raise
    finally:
        await source.aclose()
    return count


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a place to write a file to, which gets its name only once it is whole; what was there stays until then."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        partial = Path(folder) / path.name
        yield partial
        os.replace(partial, path)
