"""The words of a plot's page, and the story of a plot turned into what the page shows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from forestapi.records import CIVIL_TIME
from forestapi.services.plot_pages import Story
from forestapi.web import drawing, looks
from forestapi.web.view import ha, mu, number
from geo.text import Text

WORDS = {
    "title": Text("小班 {number}", "Plot {number}"),
    "description": Text(
        "{county} {number} 号小班：{area} 亩，{planted}。{survival}",
        "Plot {number} in {county}: {area} mu, {planted}. {survival}",
    ),
    "planted_on": Text("{day} 种植", "planted {day}"),
    "not_planted": Text("尚未种植", "not planted yet"),
    "on_map": Text("在地图上看", "See it on the map"),
    "back": Text("返回地图", "Back to the map"),
    "facts": Text("概况", "At a glance"),
    "area": Text("面积", "Area"),
    "credited": Text("其中记在本小班名下", "Of this, credited to this plot"),
    "planted": Text("种植日期", "Planted"),
    "species": Text("主要树种", "Main species"),
    "county": Text("县域", "County"),
    "programme": Text("项目", "Programme"),
    "state": Text("状态", "State"),
    "before": Text("造林前地类", "Ground before"),
    "captured": Text("边界来源", "How its boundary was taken"),
    "accuracy": Text("精度约 {m} 米", "accurate to about {m} m"),
    "unknown": Text("未记录", "not recorded"),
    "alive": Text("活着吗", "Does it live?"),
    "rate_words": Text("{rate}% 的样地穴位有活苗", "{rate} % of the sampled holes hold a living plant"),
    "sample": Text("样地 {holes} 穴，活 {live} 穴；95% 区间 {low}–{high}%（Wilson）", "{live} of {holes} sampled holes; 95 % interval {low}–{high} % (Wilson)"),
    "no_check": Text("还没有人检查过成活情况。", "Nobody has checked yet whether it lives."),
    "only_establishment": Text("目前只有栽后不久的检查，不能算成活率。", "So far there is only a check soon after planting, which is no survival rate."),
    "checked_by": Text("{day}，{stage}；{level}，{independent}", "{day}, {stage}; {level}, {independent}"),
    "independent": Text("独立于造林单位", "independent of the planters"),
    "not_independent": Text("非独立检查", "not independent"),
    "should": Text("现在看上去应该是什么样", "What it should look like now"),
    "should_source": Text("这些说法从哪里来", "Where this comes from"),
    "due": Text("到期的检查", "Checks that are due"),
    "due_done": Text("{day} 已检查", "made on {day}"),
    "due_late": Text("{day} 才检查（限期 {limit}）", "made late, on {day} (limit {limit})"),
    "due_ahead": Text("{due} 到期", "due from {due}"),
    "due_open": Text("已到期，限 {limit} 前检查", "due now, to be made by {limit}"),
    "due_overdue": Text("逾期未检（限期 {limit}）", "overdue since {limit}"),
    "due_unknown": Text("没有种植日期，不知何时到期。", "Without a date of planting nothing is due at any time."),
    "due_note": Text("只计造林单位以外的检查。", "Checks by the planters themselves do not count here."),
    "record": Text("历年生态记录", "Its record over the years"),
    "day": Text("日期", "Date"),
    "stage": Text("阶段", "Stage"),
    "by": Text("谁检查", "By"),
    "survival": Text("成活率", "Survival"),
    "holes": Text("样地穴数", "Holes sampled"),
    "cover": Text("植被盖度", "Plant cover"),
    "canopy": Text("郁闭度", "Canopy closure"),
    "height": Text("平均高", "Mean height"),
    "crown": Text("平均冠幅", "Mean crown"),
    "vigour": Text("长势", "Vigour"),
    "damage": Text("受害", "Damage"),
    "plantings": Text("种了什么", "What was planted"),
    "kind": Text("类别", "Kind"),
    "holes_planted": Text("设计穴数", "Design holes"),
    "trees": Text("实栽株数", "Planted"),
    "spacing": Text("株行距", "Spacing"),
    "stock": Text("苗木", "Stock"),
    "ground": Text("地块与边界", "Its ground and boundary"),
    "outline": Text("小班轮廓（实线为现在，虚线为以前）", "Outline of the plot: the line is now, dashes are before"),
    "inset": Text("在县内的位置", "Where it lies in its county"),
    "versions": Text("边界的历史", "History of the boundary"),
    "recorded": Text("登记时间", "Recorded"),
    "revision": Text("版本", "Version"),
    "now": Text("现行", "now"),
    "household": Text("这是一户人家承包的地，为保护个人，不公开边界与位置。", "This is one household's ground. Its boundary and place are not public, to protect the people."),
    "shared": Text("与别的小班重叠的地", "Ground that it shares"),
    "shared_none": Text("没有与别的小班重叠，全部记在本小班名下。", "It overlaps no other plot; all of it is credited to it."),
    "shared_here": Text("{area} 亩与小班 {other} 重叠，记在本小班名下。", "{area} mu are also drawn as plot {other}; they are credited to this plot."),
    "shared_there": Text("{area} 亩与小班 {other} 重叠，记在小班 {other} 名下。", "{area} mu are also drawn as plot {other}, and are credited to plot {other}."),
    "shared_other": Text("{area} 亩同时被项目“{programme}”的小班 {other} 申报；两个项目各自记账，合计时只算一次。", "{area} mu are also reported as plot {other} of the programme “{programme}”. Each programme counts its own; all programmes together count it once."),
    "shared_more": Text("另有 {n} 处，共 {area} 亩。", "And {n} more, {area} mu together."),
    "work": Text("用工", "Work on it"),
    "work_more": Text(
        "单个小班的用工天数不公开：人数太少，会暴露个人。县一级的数字在达到最低人数后发布。",
        "Days of work on a single plot are not public: so few people would be exposed. Figures of a county are published once enough people worked there.",
    ),
    "work_link": Text("看本县的用工数字", "See the figures of the counties"),
    "photos": Text("照片", "Photos"),
    "photos_none": Text("账本里没有这个小班的照片。", "The ledger holds no photo of this plot."),
    "photos_some": Text(
        "账本里有 {n} 张照片，不公开：照片里可能有人，拍摄位置也会暴露工人的行踪。检查人员可以查看。",
        "The ledger holds {n} photos. They are not shown: people may be in them, and where they were taken tells where workers were. Checkers can see them.",
    ),
    "data": Text("原始记录（JSON）", "The record itself (JSON)"),
    "history_data": Text("全部版本（JSON）", "All its versions (JSON)"),
    "told": Text("年龄与到期日按 {day} 计算。", "Age and due dates as of {day}."),
    "each": Text("{row} × {plant} 米", "{row} × {plant} m"),
}  # fmt: skip
NAMES = {
    "planned": Text("计划", "planned"), "planted": Text("已种植", "planted"), "checked": Text("已检查", "checked"),
    "accepted": Text("已验收", "accepted"), "preserved": Text("已保存", "preserved"), "failed": Text("失败", "failed"),
    "establishment": Text("栽后不久", "soon after planting"), "first_season": Text("第一季成活检查", "check after the first season"),
    "third_year": Text("第三年保存检查", "check in the third year"), "other": Text("其他", "other"),
    "self": Text("造林单位自查", "by the planters themselves"), "county": Text("县级检查", "by the county"),
    "province": Text("省级检查", "by the province"), "national": Text("国家级检查", "by the state"),
    "good": Text("好", "good"), "fair": Text("中", "fair"), "poor": Text("差", "poor"),
    "drought": Text("干旱", "drought"), "sand_burial": Text("沙埋", "buried by sand"), "pest": Text("病虫", "pests"),
    "grazing": Text("放牧", "grazing"), "new": Text("新造", "new"), "replant": Text("补植", "replanting"), "infill": Text("补苗", "infill"),
    "gnss_walk": Text("沿边界走测（GNSS）", "walked with a GNSS receiver"), "gnss_points": Text("逐点测量（GNSS）", "points taken with a GNSS receiver"),
    "survey": Text("专业测量", "surveyed"), "digitised": Text("在图上勾绘", "drawn on an image"), "file": Text("由文件导入", "from a file"),
    "qualified": Text("合格", "qualified"), "replanting": Text("需补植", "to be replanted"),
}  # fmt: skip
MOST_SHARED = 12


def page(story: Story, language: str, say: Mapping[str, str], species: Mapping[str, Text]) -> dict[str, Any]:
    """Gather what the template shows; `say` is the page's words in `language`, `species` names by code."""

    def name(code: str | None) -> str:
        return "" if code is None else getattr(NAMES[code], language) if code in NAMES else code

    plot = story.plot
    last = next((s for s in reversed(story.surveys) if s["stage"] != "establishment"), None)
    planted_on = plot["planted_on"]
    county = plot[f"county_{language}"] or say["unknown"]
    survival = say["rate_words"].format(rate=_percent(last["rate"])) if last else ""
    return {
        "id": plot["id"],
        "number": plot["number"],
        "title": say["title"].format(number=plot["number"]),
        "description": say["description"].format(
            county=county, number=plot["number"], area=mu(plot["area_m2"]), survival=survival,
            planted=say["planted_on"].format(day=planted_on) if planted_on else say["not_planted"],
        ),  # fmt: skip
        "is_synthetic": plot["is_synthetic"],
        "is_household": story.is_household,
        "mu": mu(plot["area_m2"]),
        "ha": ha(plot["area_m2"]),
        "facts": _facts(plot, language, say, name, county),
        "survival": _survival(last, say, name, survival),
        "no_survival": None if last else say["only_establishment"] if story.surveys else say["no_check"],
        "looks": [getattr(text, language) for text in looks.describe(plot, story.plantings, story.surveys, story.today)],
        "due": [(name(check.stage), _due(check, say), check.state) for check in story.due],
        "charts": _charts(story.surveys, say),
        "surveys": [_survey(each, name) for each in reversed(story.surveys)],
        "plantings": [row for each in story.plantings for row in _planting(each, language, say, name, species)],
        "outline": drawing.outline([each["boundary"] for each in story.boundaries] or [plot["boundary"]], say["outline"]) if plot["boundary"] else "",
        "inset": drawing.place_in(plot["county_boundary"], plot["lon"], plot["lat"], say["inset"]) if plot["county_boundary"] else "",
        "map": f"#map=14/{plot['lat']:.5f}/{plot['lon']:.5f}" if plot["lat"] is not None else "",
        "versions": [_version(each, index == len(story.boundaries) - 1, name) for index, each in enumerate(story.boundaries)][::-1],
        "shared": _shared(story.overlaps, language, say),
        "photos": say["photos_some"].format(n=number(story.photos)) if story.photos else say["photos_none"],
        "told": say["told"].format(day=story.today),
    }


def _facts(plot: dict[str, Any], language: str, say: Mapping[str, str], name: Any, county: str) -> list[tuple[str, str]]:
    area = f"{mu(plot['area_m2'])} {say['mu']} ({ha(plot['area_m2'])} {say['ha_short']})"
    credited = plot["credited_m2"]
    accuracy = say["accuracy"].format(m=f"{plot['accuracy_m']:g}") if plot["accuracy_m"] else ""
    captured = name(plot["capture_method"]) if plot["capture_method"] != "unknown" else ""
    rows = [
        ("area", area),
        ("credited", f"{mu(credited)} {say['mu']} ({ha(credited)} {say['ha_short']})" if credited is not None else None),
        ("planted", str(plot["planted_on"] or say["not_planted" if not plot["is_planted"] else "unknown"])),
        ("species", plot[f"species_{language}"] and f"{plot[f'species_{language}']} ({plot['scientific_name']})"),
        ("county", county),
        ("programme", plot[f"programme_{language}"]),
        ("state", name(plot["lifecycle"]) + (f" {plot['accepted_on']}" if plot["accepted_on"] else "")),
        ("before", plot["prior_land_class"]),
        ("captured", " · ".join(filter(None, (captured, accuracy)))),
    ]
    return [(say[key], value) for key, value in rows if value]


def _survival(last: dict[str, Any] | None, say: Mapping[str, str], name: Any, words: str) -> dict[str, str] | None:
    if last is None:
        return None
    return {
        "rate": _percent(last["rate"]),
        "words": words,
        "sample": say["sample"].format(
            holes=number(last["sample_holes"]), live=number(last["live_holes"]), low=_percent(last["low"]), high=_percent(last["high"])
        ),
        "class": name({"replant": "replanting"}.get(last["class"], last["class"])),
        "check": say["checked_by"].format(
            day=last["surveyed_on"], stage=name(last["stage"]), level=name(last["level"]),
            independent=say["independent" if last["is_independent"] else "not_independent"],
        ),
    }  # fmt: skip


def _due(check: Any, say: Mapping[str, str]) -> str:
    return say[f"due_{check.state}"].format(day=check.checked_on, due=check.due_on, limit=check.limit_on)


def _charts(surveys: list[dict[str, Any]], say: Mapping[str, str]) -> list[tuple[str, str]]:
    charts = []
    rated = [(s["surveyed_on"], 100 * s["rate"], 100 * s["low"], 100 * s["high"]) for s in surveys if s["stage"] != "establishment"]
    if rated:
        charts.append((say["survival"], drawing.record(rated, say["survival"], most=100, unit="%")))
    for key, words, factor, unit in (("vegetation_cover", "cover", 100, "%"), ("mean_height_m", "height", 1, " m")):
        points: list[tuple[date, float, float | None, float | None]] = [
            (s["surveyed_on"], s[key] * factor, None, None) for s in surveys if s[key] is not None
        ]
        if points:
            top = max(value for _, value, *_ in points)
            most = next(step for step in (0.5, 1, 2, 4, 10, 20, 50, 100, float(top)) if step >= top)
            charts.append((say[words], drawing.record(points, say[words], most=most, unit=unit)))
    return charts


def _survey(survey: dict[str, Any], name: Any) -> list[str]:
    def share(value: float | None) -> str:
        return "—" if value is None else f"{100 * value:.0f}%"

    def metres(value: float | None) -> str:
        return "—" if value is None else f"{value:.2f} m"

    is_rate = survey["stage"] != "establishment"
    return [
        str(survey["surveyed_on"]),
        name(survey["stage"]),
        name(survey["level"]),
        f"{_percent(survey['rate'])}% ({_percent(survey['low'])}–{_percent(survey['high'])}%)" if is_rate else f"({_percent(survey['rate'])}%)",
        number(survey["sample_holes"]),
        share(survey["vegetation_cover"]),
        share(survey["canopy_closure"]),
        metres(survey["mean_height_m"]),
        metres(survey["mean_crown_m"]),
        name(survey["vigour"]) or "—",
        ", ".join(map(name, survey["damage"])) or "—",
    ]


def _planting(planting: dict[str, Any], language: str, say: Mapping[str, str], name: Any, species: Mapping[str, Text]) -> list[list[str]]:
    days = str(planting["started_on"] or say["unknown"])
    if planting["ended_on"] and planting["ended_on"] != planting["started_on"]:
        days += f" – {planting['ended_on']}"
    rows = []
    for line in planting["lines"] or [{}]:
        code, planted = line.get("species"), line.get("planted_count")
        row, plant = line.get("row_spacing_m"), line.get("plant_spacing_m")
        rows.append([
            days,
            name(planting["kind"]),
            getattr(species[code], language) if code in species else code or "—",
            number(line["design_holes"]) if line else "—",
            "—" if planted is None else number(planted),
            say["each"].format(row=f"{row:g}", plant=f"{plant:g}") if row and plant else "—",
            line.get("stock") or "—",
        ])  # fmt: skip
    return rows


def _version(version: Any, is_last: bool, name: Any) -> dict[str, Any]:
    return {
        "day": version["recorded_at"].astimezone(CIVIL_TIME).strftime("%Y-%m-%d"),
        "revision": version["revision"],
        "mu": mu(version["area_m2"]),
        "ha": ha(version["area_m2"]),
        "captured": name(version["capture_method"]) if version["capture_method"] not in (None, "unknown") else "",
        "is_now": is_last,
    }


def _shared(overlaps: list[Any], language: str, say: Mapping[str, str]) -> list[str]:
    sentences = []
    for each in overlaps[:MOST_SHARED]:
        key = "shared_other" if not each["is_one_programme"] else "shared_here" if each["is_credited_here"] else "shared_there"
        sentences.append(say[key].format(area=mu(each["area_m2"]), other=each["number"], programme=each[f"programme_{language}"]))
    rest = overlaps[MOST_SHARED:]
    if rest:
        sentences.append(say["shared_more"].format(n=len(rest), area=mu(sum(each["area_m2"] for each in rest))))
    return sentences


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
