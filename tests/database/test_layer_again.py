"""The same layer exported again: added, changed, unchanged and missing are told, and nothing is removed."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from forestapi.db.transaction import transaction
from forestapi.services.importing import Options, import_file
from forestapi.settings import Settings
from tests.samples import square


def feature(id: str, lon: float, side: float = 0.01, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature", "geometry": square(lon, 39, side),
        "properties": {"no": id, "compartment": "1", **properties},
    }  # fmt: skip


async def test_a_later_export_is_compared_with_the_ledger(
    pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    async def send(*features: dict[str, Any], **options: Any) -> Any:
        path = tmp_path / "north.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        told = Options(programme="tengger", key="no", **options)
        return await import_file(settings, pool, "plots", path, told, actor="test")

    first = await send(feature("a", 105), feature("b", 105.1), feature("c", 105.2), feature("d", 105.3))
    assert first.again is None and first.counts["created"] == 4
    later = [
        feature("a", 105),
        feature("b", 105.1, compartment="2"),
        feature("c", 105.2, 0.011),
        feature("e", 105.4),
        {"type": "Feature", "geometry": None, "properties": {"no": "f"}},
    ]
    for is_dry_run in (True, False):
        again = (await send(*later, is_dry_run=is_dry_run)).again
        assert (again.added, again.changed, again.unchanged, again.waiting, again.missing) == (1, 2, 1, 1, 1)
        assert [change.fields for change in again.changes] == [["compartment"], ["boundary"]]
        # 1.1² − 1² of a square of 0.01°, which is about 0.96 km² here
        assert again.changes[1].ground_changed_m2 == pytest.approx(0.21 * 0.0001 * 111_320**2 * 0.7771, rel=0.01)
        assert [plot.layer_key for plot in again.missing_plots] == ["d"]
    async with transaction(pool) as tx:
        assert await tx.value("select count(*) from forest.plot") == 5
    assert (await send(*later)).again.unchanged == 4
