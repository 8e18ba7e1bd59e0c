"""Collection: plots, with their boundaries."""

from forestapi.records.plots import NOUN
from forestapi.store.collections._collection import Collection
from geo.text import Text

COLLECTION = Collection(
    name="plots",
    title=Text("小班", "Plots"),
    about=Text(
        "有边界的造林小班；area_m2 为等积面积，credited_m2 为计入本小班的面积。",
        "Plots with their boundaries; area_m2 is in equal area, credited_m2 is what is credited to the plot.",
    ),
    noun=NOUN,
    geometry_type="MultiPolygon",
    layer="plots",
)
