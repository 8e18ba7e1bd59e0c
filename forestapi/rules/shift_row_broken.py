"""A row of shifts that does not fit its header, or holds a forbidden character."""

from forestapi.rules._rows import broken_row

RULE = broken_row("shift-row-broken", "shifts")
