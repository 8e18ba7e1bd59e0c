"""The notebooks run from top to bottom against a server with the examples, and their own checks hold.

Their cells are run as they are, without a kernel: they are plain Python, and a kernel would be forty packages to install.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium
import httpx
import pandas
import pytest
from forest_client import Client, ForestError

from forestapi.db.cluster import Cluster
from tests.conformance.serving import Served, serving
from tests.samples import PROGRAMME, key, plot, square

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
CLAIM = {"programme": PROGRAMME["code"], "statement_en": "a", "statement_zh": "a", "source": "a notice", "period_to": "2018-12-31"}


@pytest.fixture(scope="module")
def example(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run a server with a county, plots, shifts and claims."""
    with serving(cluster, template, tmp_path_factory.mktemp("notebooks")) as server:
        with httpx.Client(base_url=server.root, headers={"Authorization": f"Bearer {server.token}"}) as http:
            county = {"code": "640521000000", "level": "county", "name_zh": "中宁县", "boundary": square(100, 35, 10)}
            for noun, record in (
                ("regions", county), ("plots", plot(90, square(108), region=county["code"], number='=1+1 "中"\n宁')),
                ("plantings", {"id": key(10_090), "plot": key(90), "kind": "new", "started_on": "2019-05-01"}),
                ("claims", {**CLAIM, "code": "area", "value": 10_000, "unit": "mu"}),
                ("claims", {**CLAIM, "code": "work", "value": 5, "unit": "person_times"}),
            ):  # fmt: skip
                answer = http.post(f"/api/v1/{noun}", json=record)
                assert answer.status_code == 201, answer.text
        yield server


def run(notebook: Path) -> list[Any]:
    """Run the code cells in one namespace; give what each one shows."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == [] and cell["execution_count"] is None, "clear the outputs: they are some other server's"
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook.name, "exec"), names)
        value = eval(compile(ast.Expression(last.value), notebook.name, "eval"), names) if last else None
        if value is not None:
            shown.append(value)
            assert repr(value) and (not hasattr(value, "_repr_html_") or value._repr_html_())
    return shown


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, example: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREST_URL", example.root)
    monkeypatch.setenv("FOREST_TOKEN", example.token)
    shown = run(notebook)
    assert len(shown) >= 4 and any(isinstance(value, pandas.DataFrame) and len(value) for value in shown)


def test_the_client_gives_frames_with_what_they_mean(example: Served, tmp_path: Path) -> None:
    with Client(example.root, example.token) as forest:
        plots = forest.plots(filter="credited_m2 > 0", datetime="2019")
        assert plots.crs.to_string() == "OGC:CRS84" and set(plots["planted_on"].dt.year) == {2019}
        assert '=1+1 "中"\n宁' in set(plots["number"]) and plots.attrs["filters"]["datetime"] == "2019-01-01/2019-12-31"
        again = forest.plots(as_of=plots.attrs["snapshot"], datetime="2019", bbox=(107, 38, 109, 40))
        assert list(again["id"]) == [key(90)]
        shifts = forest.shifts(worker=[key(20_001)])
        assert shifts["wage_yuan"].sum() == 160 and shifts["work_date"].dt.year.tolist() == [2018]
        assert forest.surveys().empty and forest.plantings(kind="new")["id"].size == 13
        assert len(forest.regions()) == 1 and len(forest.overlaps(filter="area_m2 > 1")) == 1
        figure = forest.statistic("planted-area", by=["year"], programme=PROGRAMME["code"])
        assert figure.attrs["unit"] and figure.attrs["snapshot"] and figure.attrs["method"]["version"] and "net_ha" in figure.attrs["not_additive"]
        assert figure["credited_m2"].sum() == pytest.approx(float(figure.attrs["total"]["credited_m2"]))
        assert "green-work" in forest.statistics().index
        page = forest.map(plots, tooltip=["number", "planted_on"])
        html = page.get_root().render()
        assert isinstance(page, folium.Map) and f"{example.root}/assets/leaflet/leaflet.js" in html
        assert "jsdelivr" not in html and "cloudflare" not in html and "openstreetmap" not in html and "googleapis" not in html
        assert forest.map(plots.iloc[:0]) and forest.map(shifts)
        book = forest.export("plots", tmp_path / "plots.xlsx", f="xlsx", geometry="wkt")
        assert len(pandas.read_excel(book)) == 13
        with pytest.raises(ForestError) as told:
            forest.plots(colour="red")
        assert told.value.code == "unknown-parameter" and told.value.status == 400 and "colour" in str(told.value) and told.value.text_zh
        with pytest.raises(ForestError, match="f is|格式|format|Unknown"):
            forest.export("plots", tmp_path / "a.bin", f="none")
        assert not (tmp_path / "a.bin").exists() and sorted(p.name for p in tmp_path.iterdir()) == ["plots.xlsx"]
    with pytest.raises(ForestError) as refused:
        Client(example.root).shifts()
    assert refused.value.status == 401
    with pytest.raises(ForestError) as away:
        Client("http://127.0.0.1:1").plots()
    assert away.value.code == "unreachable" and away.value.status is None
