"""Whom the work reached: women, the young, registered households, poverty counties; of people and of days."""

from forestapi.records import STAFF
from forestapi.stats._statistic import Column, Parameter, Statistic
from forestapi.stats._work import COUNTED, STATES
from geo.text import Text

GROUPS = (
    ("women", Text("女性", "Women"), "sex = 'female'"),
    ("youth", Text("青年", "Youth"), "age between 16 and (:youth_until)::float8::int"),
    ("registered", Text("建档立卡户", "Registered households"), "is_registered"),
    ("poverty_county", Text("贫困县", "Poverty counties"), "is_in_poverty_county"),
)

STATISTIC = Statistic(
    name="inclusion",
    title=Text("就业包容性", "Inclusion"),
    unit="person, person-day, share",
    version=1,
    method=Text(
        "份额各给两种：占用工人数（一人一次）与占人日（一人一天一次）。青年 = 工作当年 16 至 youth_until 岁；"
        "建档立卡与贫困县按工作当天是否在册。任何一天符合即算该人。",
        "Each share is given twice: of workers, each once, and of person-days. Youth = 16 to youth_until years old in the"
        " year of the work; households and counties count where they were registered on the date of the work. A person"
        " is in a group who was in it on any of the days.",
    ),
    caveats=Text(
        "性别或出生年不详者计入分母，不计入任何一组。人数与人日不能跨组相加。",
        "Workers of unknown sex or year of birth are in the denominator and in no group. Neither people nor days add up"
        " across groups.",
    ),
    source="docs/explanation/work.md",
    readers=STAFF,
    view="work",
    columns=(
        Column("distinct_workers", Text("用工人数", "Distinct workers"), "person", "never"),
        Column("person_days", Text("人日", "Person-days"), "person-day", "never"),
        *(
            Column(f"{name}_{of}", Text(f"{title.zh}（{zh}）", f"{title.en}, {en}"), unit, "never")
            for name, title, _ in GROUPS
            for of, zh, en, unit in (
                ("workers", "人数", "workers", "person"),
                ("days", "人日", "person-days", "person-day"),
                ("share_of_workers", "占人数", "share of workers", "1"),
                ("share_of_days", "占人日", "share of person-days", "1"),
            )
        ),
    ),
    dimensions=("programme", "region", "species", "year", "quarter", "month", "season", "activity", "climate_class"),
    parameters=(
        *STATES,
        Parameter("youth_until", Text("青年年龄上限", "Oldest age of youth"), "35"),
    ),
    where=COUNTED,
    sql=f"""
    , day as (
      select key, worker, bool_or(is_synthetic) as is_synthetic,
        {", ".join(f"coalesce(bool_or({condition}), false) as {name}" for name, _, condition in GROUPS)}
      from s group by key, worker, happened_on
    ), person as (
      select key, bool_or(is_synthetic) as is_synthetic, count(*) as days,
        {", ".join(f"bool_or({name}) as {name}, count(*) filter (where {name}) as {name}_days" for name, _, _ in GROUPS)}
      from day group by key, worker
    )
    select key, bool_or(is_synthetic) as is_synthetic, count(*) as distinct_workers, sum(days)::bigint as person_days,
      {", ".join(
        f"count(*) filter (where {name}) as {name}_workers, sum({name}_days)::bigint as {name}_days,"
        f" count(*) filter (where {name})::float8 / count(*) as {name}_share_of_workers,"
        f" (sum({name}_days) / sum(days))::float8 as {name}_share_of_days" for name, _, _ in GROUPS)}
    from person group by key
    """,
)
