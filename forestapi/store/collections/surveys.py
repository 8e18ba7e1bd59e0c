"""Collection: survival checks, each at a point of its plot."""

from forestapi.records.surveys import NOUN
from forestapi.store.collections._collection import Collection, on_plot
from geo.text import Text

COLLECTION = Collection(
    name="surveys",
    title=Text("成活率调查", "Surveys"),
    about=Text("成活率调查，位置为小班内一点。", "Survival checks, each at a point of its plot."),
    noun=on_plot(NOUN),
    geometry_type="Point",
)
