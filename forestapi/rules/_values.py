"""Reading one value of a column as a rule needs it; a value of the wrong kind stays out of the way."""

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation


def number_of(value: object) -> Decimal | None:
    """Give a number, also from text such as "8" or "1,200.50"; None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", "").replace("，", "")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def date_of(value: object) -> date | None:
    """Give a date, also from ISO text; None where it is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    return None


def is_blank(value: object) -> bool:
    """Tell whether a cell holds nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def time_of(value: object) -> time | None:
    """Give a time of day, also from text such as "07:30"; None where it is none."""
    if isinstance(value, time):
        return value
    if isinstance(value, str):
        try:
            return time.fromisoformat(value.strip())
        except ValueError:
            return None
    return None
