"""Collection: regions, with their boundaries."""

from forestapi.records.regions import NOUN
from forestapi.store.collections._collection import Collection
from geo.text import Text

COLLECTION = Collection(
    name="regions",
    title=Text("行政区", "Regions"),
    about=Text("省、市、县、乡、村的边界与统计代码。", "Provinces down to villages, with boundaries and codes."),
    noun=NOUN,
    is_sparse=True,
    geometry_type="MultiPolygon",
    layer="regions",
)
