"""The words of the page of open findings, in Chinese and English."""

from geo.text import Text

WORDS = {
    "site": Text(zh="Forest API", en="Forest API"),
    "title": Text(zh="数据质量", en="Quality of the records"),
    "lead": Text(
        zh="规则发现而无人处理的问题：按项目、记录种类与规则，最严重的在前。",
        en="What the rules have found and nobody has settled: by programme, kind of record and rule, worst first.",
    ),
    "back": Text(zh="返回首页", en="Back to the figures"),
    "token": Text(zh="令牌", en="Token"),
    "token_help": Text(zh="只保存在本标签页，关闭即清除。", en="Kept in this tab only; gone when it is closed."),
    "load": Text(zh="显示", en="Show"),
    "forget": Text(zh="清除令牌", en="Forget the token"),
    "programme": Text(zh="项目", en="Programme"),
    "all": Text(zh="全部", en="All"),
    "none": Text(zh="没有未处理的问题。", en="No finding is open."),
    "failed": Text(zh="没有成功", en="It did not work"),
    "count": Text(zh="{n} 条", en="{n} open"),
    "since": Text(zh="最早 {day}", en="since {day}"),
    "more": Text(zh="更多", en="More"),
    "record": Text(zh="记录", en="Record"),
    "decide": Text(zh="到待处理记录", en="To the held records"),
    "held": Text(zh="已拦下：在有人决定之前不计入任何数字", en="held: counts nowhere until a person decides"),
    "noted": Text(zh="已入账，仅提示", en="noted: the record is in the ledger and counts"),
    "refuse": Text(zh="拒绝", en="Refused"),
    "hold": Text(zh="拦下", en="Held"),
    "note": Text(zh="提示", en="Note"),
}
