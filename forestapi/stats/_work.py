"""What the statistics of work share: which shifts count."""

from forestapi.stats._statistic import Parameter
from geo.text import Text

STATUS = Parameter(
    "status",
    Text("工单状态", "Review states counted"),
    "approved",
    ("draft", "submitted", "needs_information", "approved"),
    is_list=True,
)
STATES = (
    STATUS,
    Parameter("pay", Text("有酬或志愿", "Paid or volunteer"), "paid", ("paid", "volunteer", "all")),
)
"""Which shifts count, in every statistic of work."""
COUNTED = "v.status = any(:status) and (:pay::text = 'all' or v.is_paid = (:pay::text = 'paid'))"
