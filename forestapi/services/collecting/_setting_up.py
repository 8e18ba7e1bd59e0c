"""The code that a phone scans to be set up: ODK Collect's own settings, as it expects them."""

import base64
import zlib
from io import BytesIO
from typing import Any

from msgspec import json

from forestapi.errors import BadRequest
from geo.text import Text

KINDS = ("svg", "png")


def settings_of(root: str, token: str, project: str) -> dict[str, Any]:
    """Write the settings: where the server is, and that forms are kept as the server has them and sent by themselves.

    Args:
        root: the address at which phones reach this instance, without a path.
        token: the secret of the phone's token.
        project: what the phone calls it.

    Raises:
        BadRequest: `root` is no address.

    """
    if not root.startswith(("https://", "http://")):
        raise BadRequest(Text(f"地址应以 https:// 开头：{root}。", f"An address begins with https://, not {root}."))
    return {
        "general": {
            "server_url": f"{root.rstrip('/')}/odk/{token}",
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_one_hour",
            "autosend": "wifi_and_cellular",
        },
        "admin": {},
        "project": {"name": project},
    }


def packed(settings: dict[str, Any]) -> bytes:
    """Pack settings as ODK Collect reads them from a code: base64 of zlib of JSON."""
    return base64.b64encode(zlib.compress(json.encode(settings), 9))


def drawn(settings: dict[str, Any], kind: str) -> bytes:
    """Draw the code as `svg` or `png`."""
    import segno

    target = BytesIO()
    segno.make(packed(settings), micro=False).save(target, kind=kind, scale=6)
    return target.getvalue()


def printed(settings: dict[str, Any]) -> str:
    """Draw the code with the characters of a terminal."""
    from io import StringIO

    import segno

    target = StringIO()
    segno.make(packed(settings), micro=False).terminal(target, compact=True)
    return target.getvalue()
