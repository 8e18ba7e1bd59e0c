"""What sync itself has to say about an operation, in words; rules about records are in forestapi/rules."""

from collections.abc import Iterable
from typing import Any

from forestapi.errors import ForestError
from forestapi.rules import Finding
from forestapi.services.admitting import describe
from geo.text import Text


def _of(finding: Finding) -> dict[str, Any]:
    return describe(finding)


def op_reused() -> dict[str, Any]:
    """Say that an operation's id came with other bytes."""
    text = Text(
        "这个操作编号以前用过，但内容不同；两份都已保存，请联系管理员。",
        "This operation's id was used before with other content; both are kept. Tell the administrator.",
    )
    return _of(Finding(0, "sync-op-reused", "hold", None, "op", text, {}))


def parent_missing(missing: Iterable[object]) -> dict[str, Any]:
    """Say that an operation waits for the record that it rests on."""
    listed = ", ".join(str(each) for each in missing)
    text = Text(
        f"它所依据的记录（{listed}）尚未收到；收到后会自动入账。",
        f"What it rests on ({listed}) is not here yet; it is taken in by itself once it comes.",
    )
    return _of(Finding(0, "sync-parent-missing", "hold", None, "key", text, {}))


def device_revoked() -> dict[str, Any]:
    """Say that a revoked phone's operation was kept apart."""
    text = Text(
        "这部手机已被吊销；记录已隔离保存，没有入账。",
        "This phone was revoked; the record is kept apart, and nothing of it counts.",
    )
    return _of(Finding(0, "sync-device-revoked", "hold", None, None, text, {}))


def payload_unreadable(detail: Text, field: str | None = None) -> dict[str, Any]:
    """Say that a payload is no JSON text of the record that it should be."""
    text = Text(f"内容无法读取，原文已保存：{detail.zh}", f"The content cannot be read, its bytes are kept: {detail.en}")
    return _of(Finding(0, "sync-payload-unreadable", "refuse", None, field or "payload", text, {}))


def hash_differs() -> dict[str, Any]:
    """Say that the bytes are not those that the hash was made of."""
    text = Text(
        "内容与其哈希不符（传输中损坏？）；请再次发送。",
        "The content is not what its hash says (damaged on the way?); send it again.",
    )
    return _of(Finding(0, "sync-hash-differs", "refuse", None, "sha256", text, {}))


def merged(fields: Iterable[str]) -> Finding:
    """Say that a change was put together with another one of other fields."""
    listed = ", ".join(sorted(fields))
    text = Text(
        f"办公室同时改了其他字段（{listed}）；两边的修改都保留。",
        f"The office changed other fields meanwhile ({listed}); both changes are kept.",
    )
    return Finding(0, "sync-merged", "note", None, None, text, {})


def conflict_asked(fields: Iterable[str]) -> Finding:
    """Say that a foreman leaves a conflict to the office."""
    listed = ", ".join(sorted(fields))
    text = Text(
        f"现场与办公室的修改冲突（{listed}），班组长请办公室决定。",
        f"Field and office disagree ({listed}), and the crew leader asks the office to decide.",
    )
    return Finding(0, "sync-conflict-asked", "hold", None, None, text, {})


def group_broken() -> dict[str, Any]:
    """Say that nothing of a group was stored."""
    text = Text(
        "同组的另一条没有入账，因此整组都没有入账；请改正后重新提交。",
        "Another operation of the group was not stored, so none of it was; correct that one and send them anew.",
    )
    return _of(Finding(0, "sync-group-broken", "refuse", None, "group", text, {}))


def resolves_unknown() -> dict[str, Any]:
    """Say that an operation decides a conflict that there is not."""
    text = Text("没有这样的冲突可以裁决。", "There is no such conflict to decide.")
    return _of(Finding(0, "sync-resolves-unknown", "refuse", None, "resolves", text, {}))


def identity_fixed() -> dict[str, Any]:
    """Say that who a worker is is not changed from a phone."""
    text = Text(
        "工人的姓名由办公室更改，不能从手机更改。",
        "Who a worker is is changed in the office, not from a phone, which sees only a part of it.",
    )
    return _of(Finding(0, "sync-identity-fixed", "refuse", None, "identity", text, {}))


def refused(error: ForestError) -> dict[str, Any]:
    """Say why the ledger does not take a record."""
    field = error.problems[0].field if error.problems else None
    return _of(Finding(0, "sync-refused", "refuse", None, field, error.detail, {}))
