"""The words of the public pages, in Chinese and English."""

from geo.text import Text

WORDS = {
    "site": Text(zh="Forest API", en="Forest API"),
    "tagline": Text(zh="可核查的造林与绿色用工账本", en="Planting and green work, open to checking"),
    "description": Text(
        zh="每一块地只算一次，每一次用工都有记录：净面积、总面积、重叠、人次与人日。",
        en="Ground counts once and work is recorded shift by shift: net area, gross, overlap, person-days.",
    ),
    "skip": Text(zh="跳到正文", en="Skip to the figures"),
    "other_language": Text(zh="English", en="中文"),
    "switch_language": Text(zh="Read this page in English", en="用中文阅读本页"),
    "synthetic": Text(zh="合成演示数据", en="Synthetic demonstration data"),
    "synthetic_more": Text(
        zh="由程序生成，只用来展示系统，不代表任何真实的林地或工人。",
        en="Generated to show the system. It stands for no real forest and no real worker.",
    ),
    "programme": Text(zh="项目", en="Programme"),
    "all_programmes": Text(zh="全部项目", en="All programmes"),
    "net_area": Text(zh="造林净面积", en="Planted ground, counted once"),
    "mu": Text(zh="亩", en="mu"),
    "ha": Text(zh="公顷", en="hectares"),
    "ha_short": Text(zh="公顷", en="ha"),
    "plots_column": Text(zh="小班数", en="plots"),
    "plots": Text(zh="个小班", en="plots"),
    "plot_one": Text(zh="个小班", en="plot"),
    "counties_count": Text(zh="个县", en="counties"),
    "county_one": Text(zh="个县", en="county"),
    "planted_in": Text(zh="{first}–{last} 年种植", en="planted {first}–{last}"),
    "planted_in_one": Text(zh="{first} 年种植", en="planted {first}"),
    "no_plots": Text(
        zh="账本里还没有小班。用 forest import plots 导入边界文件即可开始。",
        en="No plot is in the ledger yet. Begin with forest import plots and a file of boundaries.",
    ),
    "as_of": Text(zh="数据截至", en="As of"),
    "adds_up": Text(zh="总面积与重叠：这个数怎么来的", en="Gross and overlap: how this adds up"),
    "gross": Text(zh="总面积", en="Gross"),
    "gross_more": Text(zh="各小班面积相加", en="every plot added up"),
    "overlap": Text(zh="重叠", en="Overlap"),
    "overlap_more": Text(zh="被重复圈划的部分", en="ground drawn more than once"),
    "net": Text(zh="净面积", en="Net"),
    "net_more": Text(zh="每块地只算一次", en="each piece of ground once"),
    "accepted": Text(zh="已验收", en="Accepted"),
    "accepted_more": Text(zh="净面积中通过验收的部分", en="the part of it that passed acceptance"),
    "bar_label": Text(
        zh="总面积 {gross} 亩，其中净面积 {net} 亩，重叠 {overlap} 亩",
        en="Of {gross} mu gross, {net} mu are net and {overlap} mu overlap",
    ),
    "work": Text(zh="绿色用工", en="Green work"),
    "work_lead": Text(
        zh="数字来自逐条记录、经批准的工班，不是汇总填报；每月冻结公布一次，之后不再改动。",
        en="Derived from approved shifts, recorded one by one; frozen month by month, and never changed after.",
    ),
    "nothing_released": Text(
        zh="还没有公布用工数字。每个月结束至少 30 天后、参加的人足够多时才公布。",
        en="No figures of work are released yet. A month is released 30 days after its end at the earliest, and only if "
        "enough people worked in it.",
    ),
    "released_up_to": Text(zh="已公布至 {month}", en="Released up to {month}"),
    "some_withheld": Text(
        zh="有的月份人数太少，为保护个人不公布，也不计入这里的数字。",
        en="Some months are withheld, because too few people worked in them; they are in none of these figures.",
    ),
    "no_workers": Text(
        zh="这里不说一共有多少人：不重复的总人数与各月相减，会让人认出少数几个人。",
        en="How many people that were in all is not said: beside the months, that number would give single people away.",
    ),
    "check_work": Text(zh="用工数据（JSON）", en="The figures of work, as data"),
    "person_times": Text(zh="人次", en="person-times"),
    "person_times_more": Text(zh="一个经批准的工班计一人次", en="one approved shift is one person-time"),
    "person_days": Text(zh="人日", en="person-days"),
    "person_days_more": Text(zh="一名工人在一个日期计一人日", en="one worker on one date is one person-day"),
    "standard_days": Text(zh="标准工日", en="standard days"),
    "standard_days_more": Text(zh="工时除以 8 小时", en="hours worked, divided by 8"),
    "wages": Text(zh="元劳务报酬", en="yuan of wages"),
    "wages_more": Text(zh="应付报酬，按季度取整后相加", en="gross pay, in sums of rounded quarters"),
    "fte": Text(zh="全时当量", en="full-time equivalents"),
    "fte_more": Text(zh="每 {hours} 小时计一个全时当量", en="{hours} hours make one"),
    "map": Text(zh="造林地图", en="Map of the planted ground"),
    "map_help": Text(
        zh="拖动和缩放地图，点按圆点或小班查看面积、年份和树种。",
        en="Move and zoom; tap a dot or a plot for its area, year and species.",
    ),
    "map_loading": Text(zh="正在绘制地图…", en="Drawing the map…"),
    "map_failed": Text(zh="地图暂时无法显示。", en="The map cannot be shown at the moment."),
    "lite": Text(zh="打开轻量地图", en="Open the light map"),
    "lite_hint": Text(zh="（旧手机、慢网络）", en="(older phones, slow links)"),
    "legend": Text(zh="图例", en="Legend"),
    "counties": Text(zh="各县明细", en="County by county"),
    "counties_note": Text(
        zh="计入面积可以相加；净面积按县内去重，跨县重叠时各县之和会大于合计。人次与人日可以相加；"
        "某月若有一个县人数太少，该月不分县，只在合计中。",
        en="Credited area adds up. Net area is counted once within a county, so rows can exceed the "
        "total where plots of two counties overlap. Person-times and person-days add up; a month in which one county "
        "had too few people is not divided, and is in the total only.",
    ),
    "withheld": Text(
        zh="— 表示没有公布：没有工班，或人数太少。",
        en="— means that nothing is released: no shifts, or too few people.",
    ),
    "county": Text(zh="县域", en="County"),
    "credited_share": Text(zh="计入", en="Credited"),
    "total": Text(zh="合计", en="Total"),
    "no_counties": Text(zh="还没有小班归入县域。", en="No plot lies in a county yet."),
    "sort": Text(zh="按此列排序", en="Sort by this column"),
    "how": Text(zh="我们怎么知道", en="How we know"),
    "how_area": Text(zh="地只算一次", en="Ground counts once"),
    "how_area_more": Text(
        zh="净面积是全部小班边界的并集，在等积投影（EPSG:6933）中计算，并用椭球面积核对。"
        "总面积减净面积就是重叠。补植增加树和用工，从不增加面积。1 亩 = 2000/3 平方米。",
        en="Net area is the union of all plot boundaries, computed in an equal-area projection "
        "(EPSG:6933) and checked against the area on the ellipsoid. Gross less net is the overlap. "
        "Replanting adds trees and work, never area. One mu is 2000/3 square metres.",
    ),
    "how_credit": Text(zh="每块重叠地归一个小班", en="Overlaps are attributed"),
    "how_credit_more": Text(
        zh="重叠的地按种植日期、收到时间、编号的先后归给一个小班。各小班计入面积之和正好等于净面积。",
        en="Ground that two plots share is credited to one of them: first by planting date, then by receipt, "
        "then by id. The credited areas of a programme add up to exactly its net area.",
    ),
    "how_work": Text(zh="用工逐班记录", en="Work is recorded by shift"),
    "how_work_more": Text(
        zh="谁（化名）、在哪、哪天、做什么、多久、怎么计酬，一班一条。只统计经批准的工班。"
        "人次、人日、工日和报酬都从同一批记录推出。",
        en="Who (by pseudonym), where, on which date, doing what, for how long, paid how: one row for each "
        "shift. Only approved shifts count, and every figure here derives from those rows.",
    ),
    "how_privacy": Text(zh="工人从不公开", en="No worker is ever public"),
    "how_privacy_more": Text(
        zh="公开的用工数字都是冻结的组之和，每组至少 10 名工人、5 户；任何两个答案相减，也得不到更小的组。"
        "姓名、轨迹、单个工班都不公开。",
        en="Public figures of work are sums of frozen groups of at least 10 workers of 5 households, so that no two "
        "answers can be subtracted to a smaller one. Names, positions and single shifts are never shown.",
    ),
    "check": Text(zh="自己核对", en="Check it yourself"),
    "check_area": Text(zh="面积统计接口", en="The area figures, as data"),
    "check_docs": Text(zh="接口文档", en="API documentation"),
    "boundaries": Text(
        zh="县界轮廓只为定位之用，不作为界线依据。",
        en="County outlines are for orientation and are no authority on any boundary.",
    ),
    "zoom_in": Text(zh="放大", en="Zoom in"),
    "zoom_out": Text(zh="缩小", en="Zoom out"),
    "fullscreen": Text(zh="全屏", en="Full screen"),
    "exit_fullscreen": Text(zh="退出全屏", en="Leave full screen"),
    "close": Text(zh="关闭", en="Close"),
    "scroll_help": Text(zh="按住 Ctrl 并滚动来缩放地图", en="Hold Ctrl and scroll to zoom the map"),
    "scroll_help_mac": Text(zh="按住 ⌘ 并滚动来缩放地图", en="Hold ⌘ and scroll to zoom the map"),
    "touch_help": Text(zh="用两指移动地图", en="Use two fingers to move the map"),
    "all_figures": Text(zh="全部数字与分县明细", en="All figures, county by county"),
    "lite_notice": Text(
        zh="此浏览器不支持 WebGL2，这里用轻量地图代替。",
        en="This browser has no WebGL2, so the light map takes the place of the full one.",
    ),
}
"""Sentences and names by key; `{…}` places are filled by the page."""
