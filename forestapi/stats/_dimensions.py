"""What figures can be grouped and filtered by."""

from forestapi.records.shifts import ACTIVITIES
from forestapi.stats._statistic import Dimension
from geo.text import Text

_DIMENSIONS = (
    Dimension("programme", Text("项目", "Programme"), "v.programme", names="programme"),
    Dimension(
        "region",
        Text("行政区", "Region"),
        "a.ancestor",
        join="left join forest.region_ancestor a on a.region = v.region and a.level = {level}",
        names="region",
    ),
    Dimension(
        "species",
        Text("树种", "Species"),
        "p.species",
        join="left join forest.plot_species p on p.plot = v.plot",
        weight="coalesce(p.share, 1)",
        filter_join="join (select plot, sum(share) as share from forest.plot_species"
        " where species = any({values}) group by plot) f on f.plot = v.plot",
        filter_weight="f.share",
        names="species",
    ),
    Dimension("year", Text("年", "Year"), "extract(year from v.happened_on)::int"),
    Dimension("quarter", Text("季度", "Quarter"), "to_char(v.happened_on, 'YYYY-\"Q\"Q')"),
    Dimension("month", Text("月", "Month"), "to_char(v.happened_on, 'YYYY-MM')"),
    Dimension(
        "season",
        Text("季节", "Season"),
        "case extract(month from v.happened_on)::int / 3 % 4 when 1 then 'spring' when 2 then 'summer' when 3 then 'autumn'"
        " when 0 then 'winter' end",
        values=(
            ("spring", Text("春季（3–5 月）", "Spring, March to May")),
            ("summer", Text("夏季（6–8 月）", "Summer, June to August")),
            ("autumn", Text("秋季（9–11 月）", "Autumn, September to November")),
            ("winter", Text("冬季（12–2 月）", "Winter, December to February")),
        ),
    ),
    Dimension("activity", Text("作业", "Activity"), "v.activity", values=tuple(ACTIVITIES.items())),
    Dimension(
        "sex",
        Text("性别", "Sex"),
        "v.sex",
        values=(("female", Text("女", "Female")), ("male", Text("男", "Male")), ("unknown", Text("不详", "Unknown"))),
    ),
    Dimension(
        "age_band",
        Text("年龄段", "Age band"),
        "case when v.age is null then 'unknown' when v.age < 25 then '15-24' when v.age < 35 then '25-34'"
        " when v.age < 45 then '35-44' when v.age < 55 then '45-54' when v.age < 65 then '55-64' else '65+' end",
    ),
    Dimension(
        "climate_class",
        Text("气候类型", "Climate class"),
        "v.climate_class",
        values=(
            ("ordinary", Text("一般", "Ordinary")),
            ("semi_arid", Text("半干旱", "Semi-arid")),
            ("arid", Text("干旱", "Arid")),
            ("alpine", Text("高寒", "Alpine")),
        ),
    ),
)

DIMENSIONS: dict[str, Dimension] = {dimension.name: dimension for dimension in _DIMENSIONS}
