"""A report on paper: the same facts as HTML in one file, and as PDF by typst, without a browser."""

import json
import tempfile
from pathlib import Path
from typing import Any

from forestapi import stats
from forestapi.services.reporting import HEADLINE, MOST_ROWS, Answered, Report
from forestapi.web import languages
from forestapi.web.templating import FOLDER, TEMPLATES
from geo.text import Text
from maps import assets, print_charts, woff

WORDS = {
    "title": Text(zh="{year} 年造林与绿色用工报告", en="Planting and green work in {year}"),
    "synthetic": Text(
        zh="合成演示数据：不代表任何真实的林地或工人。",
        en="Synthetic demonstration data: it stands for no real forest and no real worker.",
    ),
    "internal": Text(
        zh="本报告含按实时记录计算的用工数字，供内部使用；对外发布请用冻结的发布版。",
        en="Figures of work in this report are of live records and for internal use; what is published comes from frozen releases.",
    ),
    "made": Text(zh="生成于", en="Made"),
    "as_of": Text(zh="数据时刻", en="As of"),
    "snapshot": Text(zh="快照", en="Snapshot"),
    "key": Text(zh="主要数字", en="Key figures"),
    "total": Text(zh="合计", en="Total"),
    "none": Text(zh="这一年没有记录。", en="No records of this year."),
    "unknown": Text(zh="不详", en="not recorded"),
    "more_rows": Text(zh="另有 {n} 行，见该统计的 CSV。", en="{n} more rows are in the statistic's CSV."),
    "not_additive": Text(
        zh="※ 的列不能跨行相加；合计按全部记录重新计算。",
        en="Columns marked ※ do not add up across rows; totals are computed from all records.",
    ),
    "chart": Text(zh="图：{what}", en="Chart: {what}"),
    "map": Text(zh="图：{what}，按行政区", en="Map: {what}, by region"),
    "outlines": Text(zh="轮廓只为定位之用，不作为界线依据。", en="Outlines are for orientation and are no authority on any boundary."),
    "methods": Text(zh="方法与出处", en="Methods and provenance"),
    "methods_lead": Text(
        zh="每个数字都可由所列快照与方法版本复算：保存 `forest stats` 的 JSON 答案，再用 `forest figure verify` 核对。",
        en="Every figure can be computed again from its snapshot by its version of the method: keep the JSON answer of"
        " `forest stats`, and check it with `forest figure verify`.",
    ),
    "formula": Text(zh="算法", en="Formula"),
    "caveats": Text(zh="注意", en="Caveats"),
    "version": Text(zh="方法版本", en="Method version"),
    "parameters": Text(zh="参数", en="Parameters"),
    "hash": Text(zh="哈希", en="Hash"),
    "column": Text(zh="指标", en="Figure"),
    "value": Text(zh="数值", en="Value"),
}
DIGITS = {"mu": 1, "ha": 2, "1": 3, "yuan": 2, "FTE": 1, "m²": 2}
MOST_BARS = 20


def facts(report: Report, language: str) -> dict[str, Any]:
    """Write a report's facts in a language, as plain text, numbers written out, and SVG.

    Both forms are made of this, so that they say the same.
    """
    say = languages.catalogue(WORDS, language)
    methods: dict[str, dict[str, Any]] = {}
    for answered in report.answers:
        answer = answered.answer
        method = methods.setdefault(
            answer["name"],
            {
                "title": getattr(answer["title"], language),
                "name": answer["name"],
                "version": answer["method"]["version"],
                "formula": getattr(answer["method"]["text"], language),
                "caveats": getattr(answer["method"]["caveats"], language),
                "figures": [],
            },
        )
        method["figures"].append({"parameters": _parameters(answer), "sha256": answer["sha256"]})
    return {
        "language": language,
        "html_language": languages.LANGUAGES[language],
        "words": say,
        "title": say["title"].format(year=report.year),
        "programme": getattr(report.name, language),
        "code": report.programme,
        "is_synthetic": report.is_synthetic,
        "made_at": f"{report.made_at:%Y-%m-%d %H:%M}",
        "as_of": report.as_of,
        "snapshot": report.snapshot or report.as_of,
        "key": [
            {"title": getattr(column["title"], language), "value": number(answer["total"][wanted], column)}
            for name, columns in HEADLINE
            for answer in [report.answer(name)]
            for wanted in columns
            for column in answer["columns"]
            if column["name"] == wanted
        ],
        "sections": [
            {"title": getattr(title, language), "tables": [_table(answered, language, say) for answered in parts]}
            for title, parts in report.sections
        ],
        "methods": list(methods.values()),
    }


def html(report: Report, language: str) -> str:
    """Write a report as one HTML file that asks no host for anything, and prints well."""
    return TEMPLATES.get_template("report.html").render(facts(report, language))


def pdf(report: Report, language: str) -> bytes:
    """Write a report as PDF.

    Every text reaches typst as data and never as its markup, so that a name is only ever a name.

    Raises:
        AssetMissing: the font is not installed.

    """
    import typst

    assets.path("font_print")
    with tempfile.TemporaryDirectory(prefix="forest-report-") as folder:
        for address, file in assets.files("font_print").items():
            (Path(folder) / f"{Path(address).stem}.ttf").write_bytes(woff.unpack(file.read_bytes()))
        return typst.compile(
            (FOLDER / "report.typ").read_bytes(),
            font_paths=[folder],
            sys_inputs={"report": json.dumps(facts(report, language))},
        )


def number(value: Any, column: dict[str, Any]) -> str:
    """Write a figure with thousands separators and the digits of its unit; a dash where there is none."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{DIGITS.get(column['unit'], 2)}f}"


def _table(answered: Answered, language: str, say: dict[str, str]) -> dict[str, Any]:
    part, answer = answered.part, answered.answer
    columns = [c for c in answer["columns"] if c["name"] in part.columns or (not part.columns and c["unit"] != "m²")]
    names = [_name(row, part.by, language, say) for row in answer["rows"]]
    shown = {"title": getattr(answer["title"], language), "by": "", "head": [], "rows": [], "total": [], "pictures": [], "note": ""}
    if not part.by:
        shown["head"] = [{"text": say["column"], "is_number": False}, {"text": say["value"], "is_number": True}]
        shown["rows"] = [[getattr(c["title"], language), number(answer["total"][c["name"]], c)] for c in columns]
        return shown
    title = getattr(stats.DIMENSIONS[part.by].title, language)
    notes = [say["not_additive"]] if any(not c["is_additive"] for c in columns) else []
    if len(names) > MOST_ROWS:
        notes.append(say["more_rows"].format(n=len(names) - MOST_ROWS))
    return shown | {
        "by": title,
        "head": [{"text": title, "is_number": False}]
        + [{"text": getattr(c["title"], language) + ("" if c["is_additive"] else " ※"), "is_number": True} for c in columns],
        "rows": [
            [name, *(number(row[c["name"]], c) for c in columns)]
            for name, row in zip(names, answer["rows"][:MOST_ROWS], strict=False)
        ],
        "total": [say["total"], *(number(answer["total"][c["name"]], c) for c in columns)] if names else [],
        "pictures": _pictures(answered, names, language, say),
        "note": " ".join(notes) if names else say["none"],
    }


def _pictures(answered: Answered, names: list[str], language: str, say: dict[str, str]) -> list[dict[str, str]]:
    part, answer = answered.part, answered.answer
    column = next(c for c in answer["columns"] if c["name"] == part.drawn)
    what = getattr(column["title"], language)
    rows = [(name, row, row[part.drawn]) for name, row in zip(names, answer["rows"], strict=True) if row[part.drawn] is not None]

    def write(value: float) -> str:
        return number(value, column)

    found = []
    shapes = [
        (name, answered.outlines[row["region"]], value) for name, row, value in rows if row.get("region") in answered.outlines
    ]
    if shapes:
        found.append({"svg": print_charts.choropleth(shapes, write), "caption": f"{say['map'].format(what=what)}. {say['outlines']}"})
    if rows:
        largest = sorted(((name, value) for name, _, value in rows), key=lambda pair: -pair[1])[:MOST_BARS]
        found.append({"svg": print_charts.bars(largest, write), "caption": say["chart"].format(what=what)})
    return found


def _name(row: dict[str, Any], by: str, language: str, say: dict[str, str]) -> str:
    if not by or row[by] is None:
        return say["unknown"]
    known = row.get(f"{by}_name") or dict(stats.DIMENSIONS[by].values).get(row[by])
    return getattr(known, language) if known else str(row[by])


def _parameters(answer: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in answer["parameters"].items()
        if value not in ("", [], None)
    )
