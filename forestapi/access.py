"""Who asks, what that role may do, and which programmes and crew a token is for.

This is the first fence; the second stands in the database (`forestapi/db/functions/90_grants.sql`), where the
same roles have grants and row policies of their own. Neither leans on the other.
"""

import hashlib
import secrets
from collections.abc import Collection

from msgspec import Struct

from forestapi.errors import Forbidden, Unauthenticated
from geo.text import Text

ROLES: dict[str, Text] = {
    "recorder": Text(
        "录入员：提交并读取自己范围内的记录", "Recorder: submits and reads records within its scope"
    ),
    "crew_leader": Text("班组长：提交并读取本班组的记录", "Crew leader: submits and reads its own crew's records"),
    "analyst": Text(
        "分析员：读取化名的记录与统计，不写", "Analyst: reads pseudonymous records and figures, writes nothing"
    ),
    "programme_administrator": Text(
        "项目管理员：管理本项目的班组、工人、工单，可查身份并留痕",
        "Programme administrator: crews, workers and shifts of its programmes; reads identities, which is logged",
    ),
    "administrator": Text("管理员：一切", "Administrator: everything"),
    "auditor": Text(
        "审计员：读取记录、历史与身份查阅日志，不写，不见身份",
        "Auditor: reads records, history and the log of identity reads; writes nothing, sees no identity",
    ),
}
"""Roles that a token can have. Whoever sends none is `public`."""

PUBLIC = "public"
CREW_ROLES = frozenset({"recorder", "crew_leader"})
"""Roles whose tokens may be limited to one crew; a crew leader's must be."""


class Scope(Struct, frozen=True):
    """What a token reaches: programmes by code (None: all), and of these one crew (None: all)."""

    programmes: tuple[str, ...] | None = None
    crew: str | None = None

    @property
    def is_limited(self) -> bool:
        """Whether anything is out of reach."""
        return self.programmes is not None or self.crew is not None


class Actor(Struct, frozen=True):
    """Who makes a request."""

    role: str = PUBLIC
    label: str = PUBLIC
    scope: Scope = Scope()
    token: str | None = None
    """The token's id, by which it is limited in rate and named in logs."""
    device: str | None = None
    """The device that the token is bound to."""
    is_depositor: bool = False
    """Whether the device was revoked: it may hand in what it has, and nothing else."""


def allows(role: str, roles: Collection[str]) -> bool:
    """Whether a role is among those that may. Every guard of the application asks here."""
    return role in roles


def reaches(scope: Scope) -> Scope:
    """Give the scope that the application keeps to. Every object-level guard asks here."""
    return scope


def require(actor: Actor, roles: Collection[str]) -> None:
    """Let the actor pass if its role is among `roles`.

    Raises:
        Unauthenticated: no token was sent, and the public may not.
        Forbidden: the token's role may not.

    """
    if allows(actor.role, roles):
        return
    needed = ", ".join(role for role in ROLES if role in roles)
    if actor.role == PUBLIC:
        raise Unauthenticated(
            Text(
                f"请在 Authorization 头中给出令牌（Bearer …），角色需为：{needed}。",
                f"Send a token in the Authorization header (Bearer …) with one of the roles: {needed}.",
            )
        )
    raise Forbidden(
        Text(
            f"角色 {actor.role} 不能执行此操作；需要：{needed}。",
            f"The role {actor.role} may not do this; it takes one of: {needed}.",
        )
    )


def out_of_scope(what: str) -> Forbidden:
    """Say that a record would belong to what the token is not for."""
    return Forbidden(
        Text(
            f"此令牌的范围不包括：{what}。",
            f"This token is not for {what}; ask the administrator for one that is.",
        ),
        code="out-of-scope",
    )


def new_secret() -> str:
    """Make a token's secret: 256 random bits. It is shown once and never stored."""
    return "forest_" + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """Give what is stored of a secret: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
