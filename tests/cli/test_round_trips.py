"""Sheets, wages and GeoPackages as a person at the command line meets them."""

from pathlib import Path

import asyncpg
import openpyxl
import pyogrio

from tests.cli.test_import import Forest, forest  # noqa: F401  (a fixture)
from tests.http.test_imports import SHEET, collection
from tests.samples import jpeg, square


async def test_a_crew_s_month_from_a_template_to_a_signed_sheet(forest: Forest, tmp_path: Path) -> None:  # noqa: F811
    sheet = tmp_path / "first.csv"
    sheet.write_text("\n".join(SHEET.splitlines()[i].replace("T-1", "") for i in (0, 1, 2)), encoding="utf-8")
    forest.report("shifts", sheet, "--programme", "tengger")
    connection = await asyncpg.connect(forest.settings.database_url)
    crew = await connection.fetchval("select code from forest.crew")
    await connection.close()
    book = tmp_path / "sheet.xlsx"
    assert forest("template", "crew-sheet", "--crew", crew, "--month", "2018-05", book).returncode == 0
    filled = openpyxl.load_workbook(book)
    page = filled["2018-05"]
    heads = {cell.value: cell.column for cell in page[1]}
    assert {page.cell(row, heads["姓名"]).value for row in (2, 3)} == {"张三", "李四"}
    for heading, value in (("作业", "种植"), ("单价（元）", 100), ("2日", "√"), ("3日", 0.5)):
        page.cell(2, heads[heading], value)
    filled.save(book)
    paper = tmp_path / "paper.jpg"
    paper.write_bytes(jpeg())
    report = forest.report("shifts", book, "--evidence", paper)
    assert report["counts"]["created"] == 2 and len(report["evidence"]) == 1
    page.cell(2, heads["3日"]).value = None
    filled.save(book)
    told = forest("import", "shifts", book)
    assert told.returncode == 0 and "1 shifts of this crew and month are not in the sheet" in told.stdout
    assert forest("import", "shifts", book, "--evidence", book).returncode == 1
    html, xlsx, notice = tmp_path / "wages.html", tmp_path / "wages.xlsx", tmp_path / "notice.html"
    asked = ("--crew", crew, "--month", "2018-05")
    assert forest("wages", "ledger", *asked, "--html", html, "--xlsx", xlsx).returncode == 0
    assert "150.00" in html.read_text("utf-8") and openpyxl.load_workbook(xlsx)["2018-05"].max_row == 3
    shown = forest("wages", "ledger", *asked)
    assert "150.00" in shown.stdout and "张三" not in shown.stdout
    assert forest("wages", "ledger", *asked, "--identities").returncode == 1
    assert forest("wages", "notice", *asked, "--html", notice).returncode == 0
    posted = notice.read_text("utf-8")
    assert ("张*" in posted or "李*" in posted) and "张三" not in posted and "李四" not in posted
    assert forest("template", "crew-sheet", "--crew", "none", "--month", "2018-05", book).returncode == 1


def test_plots_go_out_to_qgis_and_come_back_with_a_diff_first(forest: Forest, tmp_path: Path) -> None:  # noqa: F811
    source, out = tmp_path / "a.geojson", tmp_path / "out.gpkg"
    source.write_bytes(collection((square(105), {"number": "1", "compartment": "7"}), (square(106), {"number": "2"})))
    forest.report("plots", source, "--programme", "tengger")
    assert forest("export", "plots", out, "--programme", "tengger", "--to-edit").returncode == 0
    frame = pyogrio.read_dataframe(out, layer="plots")
    frame.loc[frame["number"] == "1", "compartment"] = "8"
    pyogrio.write_dataframe(frame[frame["number"] == "1"], out, layer="plots", driver="GPKG", geometry_type="MultiPolygon")
    shown = forest("import", "plots", out, "--diff")
    assert "compartment: 7 → 8" in shown.stdout and "missing: plot 2" in shown.stdout and "Nothing was changed" in shown.stderr
    assert forest("import", "plots", out, "--diff", "--yes").returncode == 0
    again = forest.report("plots", out)
    assert again["counts"]["unchanged"] == 1 and again["again"]["missing"] == 1
    assert forest("import", "shifts", out, "--diff").returncode == 2
    assert forest("export", "plots", tmp_path / "a.kml", "--programme", "tengger", "--to-edit").returncode == 1
