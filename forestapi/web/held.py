"""The words of the page for held records, in Chinese and English."""

from collections.abc import Mapping

from forestapi.access import ROLES
from forestapi.records import nouns
from forestapi.records.shifts import ACTIVITIES
from forestapi.rules import rules
from forestapi.rules._elsewhere import OTHERS
from geo.text import Text

WORDS = {
    "site": Text(zh="Forest API", en="Forest API"),
    "title": Text(zh="待处理记录", en="Held records"),
    "lead": Text(
        zh="规则拦下的记录保留原样，在有人决定之前不计入任何数字。",
        en="Records that a rule holds are kept as they came, and count nowhere until a person decides.",
    ),
    "token": Text(zh="令牌", en="Token"),
    "token_help": Text(
        zh="只保存在本标签页，关闭即清除。", en="Kept in this tab only; gone when it is closed."
    ),
    "load": Text(zh="显示", en="Show"),
    "forget": Text(zh="清除令牌", en="Forget the token"),
    "none": Text(zh="没有待处理记录。", en="Nothing is held."),
    "more": Text(zh="更多", en="More"),
    "all": Text(zh="条记录待处理", en="records are held"),
    "worker": Text(zh="工人", en="worker"),
    "plot": Text(zh="小班", en="plot"),
    "place": Text(zh="位置", en="Place"),
    "original": Text(zh="原始坐标系", en="Original CRS"),
    "no_map": Text(zh="没有边界可画。", en="There is no boundary to draw."),
    "reason": Text(zh="原因（必填）", en="Reason (required)"),
    "accept": Text(zh="按原样接受", en="Accept as it is"),
    "discard": Text(zh="丢弃（保留证据）", en="Discard (kept as evidence)"),
    "replace": Text(zh="用改正后的记录替换", en="Replace by the corrected record"),
    "record": Text(zh="改正这条记录（JSON）", en="Correct the record (JSON)"),
    "mu": Text(zh="亩", en="mu"),
    "repair": Text(zh="建议修复", en="Suggest a repair"),
    "use_repair": Text(zh="放入上面的记录", en="Put it into the record above"),
    "before": Text(zh="修复前", en="Before"),
    "after": Text(zh="修复后", en="After"),
    "no_repair": Text(zh="没有可用的建议", en="No repair can be suggested"),
    "must_correct": Text(zh="必须改正，不能放行。", en="Has to be corrected; nobody may wave it through."),
    "may_accept": Text(zh="可放行的角色", en="May be waved through by"),
    "done": Text(zh="已处理", en="Decided"),
    "failed": Text(zh="没有成功", en="It did not work"),
    "back": Text(zh="返回首页", en="Back to the figures"),
}


def titles(language: str) -> Mapping[str, str]:
    """Give the titles of rules, nouns and roles in one language, by their names."""
    titled = {name: each.title for name, each in (*rules().items(), *nouns().items())}
    titled |= {name: title for name, (_, title, _) in OTHERS.items()} | ACTIVITIES
    return {
        **{name: getattr(title, language) for name, title in titled.items()},
        **{role: getattr(text, language).replace("：", ":").partition(":")[0] for role, text in ROLES.items()},
    }
