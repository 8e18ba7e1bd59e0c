"""Every error that a client can meet, as a tree.

    ForestError
    ├── BadRequest           400  the request cannot be read
    ├── Unauthenticated      401  no token, or one that is not (any longer) valid
    ├── Forbidden            403  the token's role may not do this
    ├── NotFound             404
    ├── Conflict             409  the record is there already, with other content
    ├── PreconditionFailed   412  the record has changed since it was read
    ├── PreconditionRequired 428  a write must say which version it rests on
    ├── TooLarge             413
    ├── Invalid              422  the content breaks a rule; `problems` names each place
    ├── TooMany              429  the sender asks too often
    └── Unavailable          503  the database cannot be reached

An answer is an RFC 9457 problem: `type`, `code` (stable), `status`, `title` and `detail` in English with
`title_zh` and `detail_zh` beside them, and `problems`: `[{field, rule, place, message: {zh, en}}]`.
"""

from typing import Any

from msgspec import Struct

from geo.text import Text


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place in the request that is wrong, and how to mend it."""

    message: Text
    field: str | None = None
    rule: str | None = None
    place: str | None = None


class ForestError(Exception):
    """Something that the client can be told about; subclasses say which kind it is."""

    status = 500
    code = "internal"
    title = Text("服务器内部错误", "Internal error")

    def __init__(
        self, detail: Text, *, code: str | None = None, problems: list[Problem] | None = None
    ) -> None:
        """Say what happened and how to mend it; `code` narrows the class's own."""
        super().__init__(detail.en)
        self.detail = detail
        self.code = code or type(self).code
        self.problems = problems or []

    def document(self) -> dict[str, Any]:
        """Give the RFC 9457 document."""
        document: dict[str, Any] = {
            "type": f"urn:forest:problem:{self.code}",
            "code": self.code,
            "status": self.status,
            "title": self.title.en,
            "title_zh": self.title.zh,
            "detail": self.detail.en,
            "detail_zh": self.detail.zh,
        }
        if self.problems:
            document["problems"] = self.problems
        return document


class BadRequest(ForestError):
    """The request cannot be read."""

    status, code, title = 400, "bad-request", Text("请求无法解析", "Bad request")


class Unauthenticated(ForestError):
    """No token, or one that is not valid."""

    status, code, title = 401, "unauthenticated", Text("需要令牌", "Token needed")


class Forbidden(ForestError):
    """The token's role may not do this."""

    status, code, title = 403, "forbidden", Text("没有权限", "Not allowed")


class NotFound(ForestError):
    """There is no such thing, or it is not for this reader."""

    status, code, title = 404, "not-found", Text("找不到", "Not found")


class Conflict(ForestError):
    """The record exists with other content, or others rest on it."""

    status, code, title = 409, "conflict", Text("冲突", "Conflict")


class PreconditionFailed(ForestError):
    """The record has changed since the client read it."""

    status, code, title = 412, "precondition-failed", Text("记录已被修改", "Record has changed")


class PreconditionRequired(ForestError):
    """The instance takes no write that does not say which version it rests on."""

    status, code, title = 428, "precondition-required", Text("缺少 If-Match", "If-Match needed")


class TooLarge(ForestError):
    """The body is larger than the setting allows."""

    status, code, title = 413, "too-large", Text("内容过大", "Too large")


class Invalid(ForestError):
    """The content breaks a rule."""

    status, code, title = 422, "invalid", Text("内容不符合规则", "Invalid content")


class TooMany(ForestError):
    """The sender asks too often, or too much at once."""

    status, code, title = 429, "too-many-requests", Text("请求过多", "Too many requests")


class Unavailable(ForestError):
    """The database cannot be reached."""

    status, code, title = 503, "unavailable", Text("暂时无法服务", "Unavailable")
