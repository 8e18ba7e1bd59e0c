"""Submitted sheets hold names: nobody but the server's user reads them, and they are kept no longer than needed."""

import os
from pathlib import Path

import asyncpg

from forestapi.db.transaction import transaction
from forestapi.services import people
from forestapi.services.importing import Options, import_file
from forestapi.settings import Settings


async def test_sheets_and_reports_are_closed_and_expire(pool: asyncpg.Pool, settings: Settings, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("姓名,日期,工种\n张三,not-a-date,planting\n")
    await import_file(settings, pool, "shifts", sheet, Options(programme="tengger"), actor="test")
    kept = [path for name in ("files", "reports") for path in (settings.data / name).rglob("*")]
    assert sum(path.is_file() and "张三" in path.read_text() for path in kept) >= 2
    for name in ("files", "reports"):
        assert (settings.data / name).stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (settings.data / "files").rglob("*"))

    async def expired() -> set[str]:
        async with transaction(pool, "test") as tx:
            found = await people.expired_files(tx, settings.data, settings.retention_years)
            return {path.relative_to(settings.data).parts[0] for path in found}

    assert await expired() == set()
    for path in [*(settings.data / "files").glob("*/*"), *(settings.data / "reports").glob("*")]:
        os.utime(path, (1_400_000_000, 1_400_000_000))
    assert await expired() == {"files", "reports"}
    sha256 = next((settings.data / "files").glob("*/*")).name.partition(".")[0]
    for noun, received_at, left in (("shifts", "now()", {"reports"}), ("plots", "'2014-01-01'", {"reports"}),
                                    ("shifts", "'2014-01-01'", {"files", "reports"})):  # fmt: skip
        await pool.execute("delete from forest.submission")
        await pool.execute(
            f"""insert into forest.submission (id, noun, file_name, sha256, actor, counts, received_at)
            values (gen_random_uuid(), $1, 'sheet.csv', $2, 'test', '{{}}', {received_at})""",
            noun, sha256,
        )  # fmt: skip
        assert await expired() == left, (noun, received_at)
