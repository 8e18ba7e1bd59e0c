"""Tiles as they are served: kept compressed, made once for all who wait, and dropped where the map changes."""

from forestapi.services.serving_tiles._asked import Asked
from forestapi.services.serving_tiles._kept import Tile
from forestapi.services.serving_tiles._serving import Tiles

__all__ = ["Asked", "Tile", "Tiles"]
