"""Collection: plantings, each at a point of its plot."""

from forestapi.records.plantings import NOUN
from forestapi.store.collections._collection import Collection, on_plot
from geo.text import Text

COLLECTION = Collection(
    name="plantings",
    title=Text("造林", "Plantings"),
    about=Text(
        "造林、补植与补种，位置为小班内一点。", "Plantings, replantings and infills, each at a point of its plot."
    ),
    noun=on_plot(NOUN),
    geometry_type="Point",
)
