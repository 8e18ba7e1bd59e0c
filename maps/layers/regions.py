"""The region outlines and their names: the ground that our own maps stand on."""

from geo.text import Text
from maps import palettes
from maps.layer import Layer, Part

NAME = Text(zh="name_zh", en="name_en")

LAYER = Layer(
    name="regions",
    title=Text(zh="行政区", en="Regions"),
    order=10,
    max_data_zoom=10,
    parts=(
        Part(
            source_layer="regions",
            kind="fill",
            color=palettes.LAND,
            outline=palettes.BORDER,
            outline_px=1.0,
        ),
        Part(
            source_layer="labels",
            kind="labels",
            max_zoom=5,
            color=palettes.LABEL,
            halo=palettes.HALO,
            label=NAME,
        ),
        Part(
            source_layer="labels",
            kind="labels",
            min_zoom=5,
            levels=("county", "township", "village"),
            color=palettes.LABEL,
            halo=palettes.HALO,
            label=NAME,
        ),
    ),
)
