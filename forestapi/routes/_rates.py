"""How often one sender may ask: counted before the token is looked up, so that a flood of bad ones costs the database nothing."""

import ipaddress
import time
from collections import OrderedDict

from litestar.types import Scope

from forestapi.errors import TooMany
from forestapi.settings import Settings
from geo.text import Text

SENDERS_KEPT = 10_000


class Rates:
    """A bucket of requests for each sender, filled steadily; the longest silent are forgotten first.

    A sender is a token that was found valid before, else the address: whoever tries tokens spends the address's bucket,
    and the telephones of a crew behind the same address go on with their own.
    """

    def __init__(self, settings: Settings) -> None:
        """Take the limits from the settings."""
        self.per_second, self.burst = settings.rate_per_second, settings.rate_burst
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.valid: OrderedDict[bytes, None] = OrderedDict()
        """SHA-256 of tokens that were valid when they last came."""

    def take(self, address: str, token: bytes | None = None) -> None:
        """Take one request out of the bucket of a token (by its SHA-256) if it is known, else of the address.

        Raises:
            TooMany: it is empty.

        """
        if self.per_second <= 0:
            return
        sender = token.hex() if token in self.valid and token is not None else address
        now = time.monotonic()
        left, then = self.buckets.pop(sender, (float(self.burst), now))
        left = min(self.burst, left + (now - then) * self.per_second)
        self.buckets[sender] = (max(left - 1, 0.0), now)
        if len(self.buckets) > SENDERS_KEPT:
            self.buckets.popitem(last=False)
        if left < 1:
            raise TooMany(
                Text(
                    "请求过于频繁；请稍后再试。",
                    f"Too many requests; more than {self.per_second:g} a second are not answered for long.",
                )
            )

    def learn(self, token: bytes, is_valid: bool) -> None:
        """Remember whether a token was valid."""
        self.valid.pop(token, None)
        if is_valid:
            self.valid[token] = None
            if len(self.valid) > SENDERS_KEPT:
                self.valid.popitem(last=False)


def client_address(scope: Scope, settings: Settings) -> str:
    """Say who is at the other end: X-Forwarded-For counts only from proxies that the settings name."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    trusted = trusted_proxies(settings)
    if not trusted or not is_in(address, trusted):
        return address
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    for part in reversed(forwarded.decode("latin-1").split(",")):
        address = part.strip() or address
        if not is_in(address, trusted):
            break
    return address


def trusted_proxies(settings: Settings) -> list[str]:
    """List the addresses and networks whose forwarding headers are believed."""
    return [part.strip() for part in settings.trusted_proxies.split(",") if part.strip()]


def is_in(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of these networks; what is no address lies in none."""
    try:
        return any(ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in networks)
    except ValueError:
        return False
