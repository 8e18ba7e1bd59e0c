"""Every setting, read once at start-up and passed down; nothing imports it as a global."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert, field

PREFIX = "FOREST_"


class Settings(Struct, frozen=True, kw_only=True):
    """What one instance is told from outside, by flags or `FOREST_*` variables."""

    data: Path = Path(".data")
    """The instance's own folder: database cluster, submitted files, reports, log. `--data DIR`."""
    database_url: str = ""
    """An existing PostgreSQL server; empty means the instance's own private cluster. `DATABASE_URL`."""
    host: str = "127.0.0.1"
    """The address the server listens on."""
    archive: str = ""
    """A folder that every change of the private cluster is archived in, for `forest restore --to`; empty is off."""
    port: int = 8000
    """The port the server listens on; `up` takes the next free one if it is taken."""
    pool_size: int = 8
    """Database connections that one server process holds at most."""
    statement_timeout_s: float = 10.0
    """How long one statement of a web request may run."""
    max_body_mb: int = 256
    """The largest request body (an uploaded file) that is accepted."""
    import_memory_mb: int = 2048
    """Memory that the child process reading one submitted file may use."""
    import_seconds: int = 1800
    """Processor time that the child process reading one submitted file may use."""
    public_statement_timeout_s: float = 5.0
    """How long one statement of a request without a token may run."""
    rate_per_second: float = 100.0
    """Requests a second that one token, or one address without a token, may make for long; 0 is no limit."""
    rate_burst: int = 2000
    """Requests that one token or address may make at once, before the limit above holds."""
    photo_mb_per_day: int = 1000
    """Megabytes of photos that one device (without one: one crew, else one token) may hand in a day; 0 is no limit."""
    trusted_proxies: str = ""
    """Addresses or networks of reverse proxies, comma-separated, whose X-Forwarded-* headers are believed."""
    strict_if_match: bool = False
    """Whether changing or deleting a record needs an If-Match header (else 428)."""
    concurrent_imports: int = 2
    """Files that one server process imports at the same time; further ones are answered 503."""
    tile_cache_mb: Annotated[int, Meta(ge=0)] = 64
    """Memory in which one server process keeps map tiles; 0 keeps none."""
    concurrent_tiles: Annotated[int, Meta(ge=1)] = 4
    """Map tiles that one server process makes at the same time; others wait, and many more are answered 503."""
    concurrent_exports: int = 2
    """Exports that one server process writes at the same time; further ones are answered 503."""
    data_licence: str = ""
    """The licence under which exported data may be used, such as `CC-BY-4.0`; every exported file carries it."""
    master_key: str = ""
    """The key of identities, 64 hexadecimal digits; empty means the file `keys/master.key`, made when needed."""
    retention_years: Annotated[int, Meta(ge=3)] = 3
    """Years after a person's last shift for which an identity is kept (at least 3: wage records)."""
    release_after_days: Annotated[int, Meta(ge=30)] = 30
    """Days after the end of a month before its figures of work can be released (at least 30)."""
    language: str = field(default="")
    """`zh` or `en` for every page; empty means the reader's browser decides."""
    basemap_url: str = ""
    """XYZ tiles under the public map, with `{z}`, `{x}`, `{y}`; empty means our own ground, asking no host."""
    basemap_attribution: str = ""
    """Whose those tiles are, shown on the map."""
    tianditu_key: str = ""
    """A browser key for Tianditu (天地图): its streets and names go under the map where `basemap_url` is empty."""

    @property
    def archive_folder(self) -> Path | None:
        """The folder of `archive`, absolute; None where there is none."""
        return Path(self.archive).expanduser().absolute() if self.archive and not self.database_url else None

    def __repr__(self) -> str:
        """Show where the instance is, never a password that an address may hold."""
        return f"Settings(data={str(self.data)!r}, port={self.port})"


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names the setting."""


def load(environ: dict[str, str] | None = None, **flags: object) -> Settings:
    """Build the settings: flags win over the environment, which wins over the defaults.

    Raises:
        SettingsError: a value has the wrong type; the message names the setting.

    """
    environ = dict(os.environ) if environ is None else environ
    values: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        variable = "DATABASE_URL" if name == "database_url" else PREFIX + name.upper()
        if environ.get(variable):
            values[name] = environ[variable]
    values.update({k: v for k, v in flags.items() if v is not None})
    if "data" in values:
        values["data"] = str(values["data"])
    try:
        settings = convert(values, Settings, strict=False, dec_hook=lambda kind, value: kind(value))
    except ValidationError as error:
        raise SettingsError(str(error)) from error
    return settings
