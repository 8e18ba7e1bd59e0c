"""Collection: shifts by pseudonymous workers, each at a point of its plot; never public."""

from forestapi.records.shifts import NOUN
from forestapi.store.collections._collection import Collection, on_plot
from geo.text import Text

COLLECTION = Collection(
    name="shifts",
    title=Text("工单", "Shifts"),
    about=Text(
        "工人以假名出现的工单，位置为小班内一点；没有小班的没有位置。不公开。",
        "Shifts by pseudonymous workers, each at a point of its plot, or nowhere without one. Not public.",
    ),
    noun=on_plot(NOUN),
    is_sparse=True,
    geometry_type="Point",
)
