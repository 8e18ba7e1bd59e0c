"""What msgspec says of a value that does not fit, in words of both languages."""

import re

from geo.text import Text

_KINDS = {
    "int": Text("整数", "a whole number"), "float": Text("数字", "a number"), "str": Text("文字", "a text"),
    "bool": Text("true 或 false", "true or false"), "array": Text("数组", "a list"), "object": Text("对象", "an object"),
    "null": Text("空值", "null"), "date": Text("日期（如 2018-04-01）", "a date (2018-04-01)"),
    "datetime": Text("时刻（如 2018-04-01T08:00:00+08:00）", "a moment (2018-04-01T08:00:00+08:00)"),
    "time": Text("时间（如 08:00:00）", "a time (08:00:00)"), "decimal": Text("小数", "a decimal number"),
    "uuid": Text("UUID", "a UUID"),
}  # fmt: skip
_FORMS: tuple[tuple[str, str, str], ...] = (
    (r"Object missing required field `(?P<name>.+?)`", "缺少字段 {name}", "the field {name} is missing"),
    (r"Object contains unknown field `(?P<name>.+?)`", "没有字段 {name}", "there is no field {name}"),
    (r"Expected `(?P<kind>[\w |]+)`, got `(?P<got>[\w |]+)`", "应为{kind_zh}，收到的是{got_zh}", "expected {kind_en}, got {got_en}"),
    (r"Expected `(?P<kind>\w+)` of length (?P<sign>[<>]=) (?P<size>\d+)", "{sign_zh} {size} {unit_zh}", "{sign_en} {size} {unit_en}"),
    (r"Expected `(?P<kind>\w+)` (?P<sign>[<>]=?) (?P<size>\S+)", "应为 {sign} {size} 的{kind_zh}", "expected {kind_en} {sign} {size}"),
    (r"Expected `str` matching regex '(?P<name>.+)'", "写法应符合 {name}", "it has to be written as {name}"),
    (r"Invalid enum value (?P<name>.+)", "没有这个取值：{name}", "there is no value {name}"),
    (r"Invalid value (?P<name>.+)", "没有这个取值：{name}", "there is no value {name}"),
    (r"Invalid UUID", "不是 UUID", "this is no UUID"),
    (r"Invalid RFC3339 encoded (?P<kind>\w+)", "应为{kind_zh}", "expected {kind_en}"),
    (r"Invalid decimal string", "应为小数", "expected a decimal number"),
    (r"(?:Integer value|Number|.+) out of range", "数值超出范围", "the number is out of range"),
)
_SIGNS = {"<=": Text("至多", "at most"), ">=": Text("至少", "at least")}


def worded(said: str) -> Text:
    """Say in both languages what a `ValidationError` (or its part before ` - at`) says; what is not known stays English."""
    said = said.partition(" - at `")[0].strip().rstrip(".")
    for form, zh, en in _FORMS:
        if found := re.fullmatch(form, said):
            values = {name: value for name, value in found.groupdict().items() if value is not None}
            is_text = values.get("kind") == "str"
            values |= {"unit_zh": "字" if is_text else "项", "unit_en": "characters" if is_text else "items"}
            for name in ("kind", "got"):
                kinds = [_KINDS.get(each.strip(), Text(each, each)) for each in values.get(name, "").split("|")]
                values |= {f"{name}_zh": "或".join(k.zh for k in kinds), f"{name}_en": " or ".join(k.en for k in kinds)}
            sign = _SIGNS.get(values.get("sign", ""))
            values |= {"sign_zh": sign.zh, "sign_en": sign.en} if sign else {}
            return Text(zh.format(**values), en.format(**values))
    return Text(said, said)
