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
    labels_url: str = ""
    """XYZ address of names that belong over these tiles, if they come apart."""

    @property
    def origin(self) -> str:
        """The scheme and host that pages must be allowed to ask; empty by default."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


DEFAULT = Basemap()
_TIANDITU = (
    "https://t0.tianditu.gov.cn/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={name}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)


def from_setting(url: str, attribution: str = "", tianditu_key: str = "", language: str = "zh") -> Basemap:
    """Build the basemap that the settings name; without any, our own ground. An address goes before Tianditu.

    Args:
        url: XYZ tiles.
        attribution: whose they are.
        tianditu_key: the browser key for Tianditu (天地图), whose tiles lie where WGS 84 says.
        language: `zh` or `en`, for Tianditu's names.

    Raises:
        BasemapError: the address is no XYZ address, its tiles are shifted (GCJ-02, BD-09), or the key is none.

    """
    if not url and tianditu_key:
        if not re.fullmatch(r"[0-9A-Za-z]+", tianditu_key):
            raise BasemapError("a key of Tianditu has letters and digits only")
        names = "cva" if language == "zh" else "eva"
        return Basemap(
            url=_TIANDITU.format(name="vec", key=tianditu_key),
            labels_url=_TIANDITU.format(name=names, key=tianditu_key),
            attribution=attribution or "天地图 Tianditu",
        )
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
