"""What lies under the data: by default our own sand-coloured ground, or any tiles an operator names.

The default asks no host for anything. Tiles of Gaode, Tencent or Baidu are refused, because their coordinates
(GCJ-02, BD-09) lie hundreds of metres from the plots.
"""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from maps import palettes

SHIFTED_HOSTS = ("amap.com", "autonavi.com", "gaode.com", "qq.com", "gtimg.com", "baidu.com", "bdimg.com")


class BasemapError(ValueError):
    """A basemap address cannot be used; the message says why."""


class Basemap(Struct, frozen=True):
    """The ground of a map: a colour, and raster tiles over it if `url` is not empty."""

    color: str = palettes.GROUND
    url: str = ""
    """XYZ tile address with `{z}`, `{x}` and `{y}`."""
    attribution: str = ""
    max_zoom: int = 18

    @property
    def origin(self) -> str:
        """The scheme and host that pages must be allowed to ask; empty by default."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


DEFAULT = Basemap()


def from_setting(url: str, attribution: str = "") -> Basemap:
    """Build the basemap that a setting names; an empty `url` means our own ground.

    Raises:
        BasemapError: the address is no XYZ address, or its tiles are shifted (GCJ-02, BD-09).

    """
    if not url:
        return DEFAULT
    host = urlsplit(url).hostname or ""
    if any(host == name or host.endswith("." + name) for name in SHIFTED_HOSTS):
        raise BasemapError(f"tiles of {host} are in GCJ-02 or BD-09 coordinates and would misplace plots")
    if not url.startswith(("https://", "http://", "/")) or not all(f"{{{axis}}}" in url for axis in "xyz"):
        raise BasemapError("a basemap address must be http(s) and contain {z}, {x} and {y}")
    if re.search(r"[\s;,'\"]", url):
        raise BasemapError("a basemap address must not contain spaces, quotes, commas or semicolons")
    return Basemap(url=url, attribution=attribution)
