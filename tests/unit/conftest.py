"""What the tests of files and rules share: real data that lie outside the repository, and a place to read into."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forestapi.rules import Batch, Finding, LayerFacts, judge
from geo import crs as crs_module
from geo.reading import Layer, read_layer


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that we did not make: FOREST_SHARED_DATA, else shared/data beside the repository."""
    told = os.environ.get("FOREST_SHARED_DATA")
    folder = Path(told) if told else Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of shared data is absent (set FOREST_SHARED_DATA)")
    return folder


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Layer]:
    """Read a file, or bytes under a name, into an Arrow file of the test's own."""

    def read_it(source: Path | str, content: bytes | str | None = None, **options: object) -> Layer:
        path = Path(source)
        if content is not None:
            path = tmp_path / source
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_layer(path, out=tmp_path / "read.arrow", **options)

    return read_it


@pytest.fixture
def judged(read: Callable[..., Layer]) -> Callable[..., list[tuple[int, Finding]]]:
    """Read a file and judge every row as a plot: (row number, finding)."""

    def judge_it(source: Path | str, content: bytes | str | None = None, **options: object) -> list:
        layer = read(source, content, **options)
        crs = crs_module.parse(layer.crs)
        facts = LayerFacts.collect(layer.batches(), crs)
        found = []
        for rows in layer.batches():
            batch = Batch.of_layer(rows, crs, layer=facts)
            found += [(int(batch.rows[f.index]), f) for f in judge("plots", batch)]
        return found

    return judge_it
