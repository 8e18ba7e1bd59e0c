"""A folder is a registry: every module in it declares one entry, and that is all the wiring there is."""

import importlib
import pkgutil
from types import ModuleType


def discover(package: ModuleType, entry: str) -> dict[str, object]:
    """Collect the `entry` of every module in `package`, keyed by the entry's `name`.

    Modules whose name starts with an underscore hold the registry's own machinery and are passed over.

    Raises:
        LookupError: a module declares no entry, or two entries share a name.

    """
    found: dict[str, object] = {}
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if module_info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        value = getattr(module, entry, None)
        if value is None:
            raise LookupError(f"{module.__name__} declares no {entry}")
        if value.name in found:
            raise LookupError(f"two entries of {package.__name__} are named {value.name}")
        found[value.name] = value
    return found
