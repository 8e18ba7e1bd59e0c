"""The layers of the maps: one file each, declaring `LAYER`; the folder is the registry."""

import importlib
import pkgutil

from maps.layer import Layer


def every() -> dict[str, Layer]:
    """Collect the layers by name, in the order in which they are drawn (`Layer.order`).

    Raises:
        AttributeError: a file of this folder declares no `LAYER`.

    """
    found = [
        importlib.import_module(f"{__name__}.{module.name}").LAYER
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    ]
    return {layer.name: layer for layer in sorted(found, key=lambda layer: layer.order)}
