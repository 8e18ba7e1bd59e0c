"""What tells that an answer is the one that was published: a hash over all that it claims."""

import hashlib
from typing import Any

import msgspec

CLAIMED = ("name", "parameters", "as_of", "snapshot", "is_synthetic", "rows", "total")


def digest(answer: dict[str, Any]) -> str:
    """Hash an answer: SHA-256 over the JSON of what it claims, keys sorted, no spaces, UTF-8.

    Titles and explanations are left out; of the method its version counts.
    """
    claimed = {name: answer[name] for name in CLAIMED} | {"method_version": answer["method"]["version"]}
    return hashlib.sha256(msgspec.json.encode(claimed, order="sorted")).hexdigest()
