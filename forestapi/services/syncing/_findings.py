"""What sync itself has to say about an operation, beside the rules: each by a stable id, in both languages."""

from typing import Any, Literal

from forestapi.errors import ForestError, Invalid
from geo.text import Text

Severity = Literal["refuse", "hold", "note"]
Document = dict[str, Any]

SAID: dict[str, tuple[Severity, Text]] = {
    "sync-unreadable": ("refuse", Text("内容无法读取；原样保存，未入台账。", "It cannot be read; the bytes are kept as they came, and nothing is in the ledger.")),
    "sync-hash-differs": ("refuse", Text("内容与其 SHA-256 不符；原样保存，未入台账。", "The payload is not what its SHA-256 says; the bytes are kept, and nothing is in the ledger.")),
    "sync-op-reused": ("hold", Text("这个操作编号已用于另一内容；两份都已保存，等待查看。", "This operation's id was used for other content; both are kept and somebody has to look.")),
    "sync-device-revoked": ("hold", Text("此设备已吊销；内容已保存，等待管理员处理。", "This device was revoked; what it hands in is kept until an administrator decides.")),
    "sync-parent-missing": ("hold", Text("所依据的记录还没有到；到后自动入账。", "A record that this rests on is not here yet; it is admitted by itself when that comes.")),
    "sync-group": ("hold", Text("同组的另一个操作未能入账；本操作随之等待。", "Another operation of its group could not be admitted, so this one waits with it.")),
    "sync-merged": ("note", Text("办公室同时改了其他字段；两边的修改已合并。", "The office changed other fields meanwhile; both changes were put together.")),
    "sync-conflict": ("hold", Text("手机与办公室改了同一内容；请主管决定。", "The phone and the office changed the same thing; a supervisor has to decide.")),
    "sync-busy": ("note", Text("服务器正忙；请稍后重发。", "The server is busy; send it again later.")),
}  # fmt: skip


def said(rule: str, field: str | None = None) -> Document:
    """Give a finding as receipts show it."""
    severity, message = SAID[rule]
    return {"rule": rule, "severity": severity, "field": field, "place": None, "message": message}


def told(error: ForestError) -> list[Document]:
    """Give an error of a write as findings."""
    if isinstance(error, Invalid) and error.problems:
        return [
            {"rule": p.rule or f"sync-{error.code}", "severity": "refuse", "field": p.field, "place": p.place, "message": p.message}
            for p in error.problems
        ]
    return [{"rule": f"sync-{error.code}", "severity": "refuse", "field": None, "place": None, "message": error.detail}]
