"""Page: the settings."""

from forestapi.cli._reference._page import Page, field_docs, table
from forestapi.settings import PREFIX, Settings


def variable(name: str) -> str:
    """Give the environment variable of a setting."""
    return "DATABASE_URL" if name == "database_url" else PREFIX + name.upper()


def write() -> str:
    """Write all settings with their defaults."""
    docs, defaults = field_docs(Settings), Settings()
    rows = []
    for name in Settings.__struct_fields__:
        default = getattr(defaults, name)
        rows.append((f"`{variable(name)}`", f"`{default}`" if str(default) else "", docs.get(name, "")))
    intro = (
        "Settings are environment variables; where a command has a flag for one, the flag wins. `./forest` sets "
        "`FOREST_DATA` to the folder `.data` beside itself unless it is set.\n"
    )
    return f"# Settings\n\n{intro}\n{table(('Variable', 'Default', 'Meaning'), rows)}"


PAGE = Page(
    name="settings", title="Settings", about="every environment variable, with its default", write=write
)
