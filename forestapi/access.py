"""Who asks, and what that role may do."""

import hashlib
import secrets
from collections.abc import Collection

from msgspec import Struct

from forestapi.errors import Forbidden, Unauthenticated
from geo.text import Text

ROLES = ("administrator", "recorder", "analyst")
"""Roles that a token can have. Whoever sends none is `public`."""


class Actor(Struct, frozen=True):
    """Who makes a request."""

    role: str = "public"
    label: str = "public"


def require(actor: Actor, roles: Collection[str]) -> None:
    """Let the actor pass if its role is among `roles`.

    Raises:
        Unauthenticated: no token was sent, and the public may not.
        Forbidden: the token's role may not.

    """
    if actor.role in roles:
        return
    needed = ", ".join(role for role in ROLES if role in roles)
    if actor.role == "public":
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


def new_secret() -> str:
    """Make a token's secret: 256 random bits. It is shown once and never stored."""
    return "forest_" + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """Give what is stored of a secret: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
