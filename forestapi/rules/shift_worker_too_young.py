"""A worker under 16 on the work date."""

from collections.abc import Iterator

from forestapi.rules._rule import NOBODY, Batch, Hit, Parameter, Rule
from forestapi.rules._values import date_of, number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the year of the work date with the year of birth; only certain cases are named."""
    least_age = batch.limit(RULE, "least_age")
    pairs = zip(batch.column("birth_year"), batch.column("work_date"), strict=True)
    for i, (birth, work) in enumerate(pairs):
        born, day = number_of(birth), date_of(work)
        if born is None or day is None:
            continue
        age = day.year - int(born)
        if age < least_age:
            yield Hit(i, field="birth_year", values={"birth_year": int(born), "age": age, "least_age": f"{least_age:g}"})


RULE = Rule(
    name="shift-worker-too-young",
    noun="shifts",
    severity="hold",
    title=Text(
        zh="工人未满 16 岁",
        en="Worker under 16",
    ),
    message=Text(
        zh="按出生年份 {birth_year}，工人在工作日期当年最多 {age} 岁，不满 {least_age} 岁。请核对 birth_year（出"
        "生年份）；法律禁止使用童工。",
        en="Born in {birth_year}, the worker turns {age} at most in the year of the work date: under "
        "{least_age}. Check the column birth_year; child labour is against the law.",
    ),
    explanation=Text(
        zh="《劳动法》禁止招用未满十六周岁的未成年人。",
        en="The Labour Law forbids employing anyone under sixteen.",
    ),
    check=check,
    waivable_by=NOBODY,
    parameters={
        "least_age": Parameter(16, 16, 21, "years", Text("最低年龄", "minimum age")),
    },
)
