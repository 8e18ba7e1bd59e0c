"""The region outlines and their names: the ground that our own maps stand on."""

from geo.text import Text
from maps import palettes
from maps.layer import Layer, Part

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
            color=palettes.LABEL,
            halo=palettes.HALO,
            label=Text(zh="name_zh", en="name_en"),
        ),
    ),
)
