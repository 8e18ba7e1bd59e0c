"""From CQL2 to bound SQL: every name goes through the whitelist of queryables, every value is bound."""

from collections.abc import Mapping

from forestapi.db.sql import Sql
from forestapi.records._filter import Filter, refused
from forestapi.records._queryables import Queryable
from forestapi.store.cql2._conditions import Compiler

__all__ = ["compile_filter"]


def compile_filter(given: Filter, queryables: Mapping[str, Queryable]) -> Sql:
    """Write a filter as a condition over the rows that the queryables' expressions are about.

    Raises:
        BadRequest: it names no queryable, or compares what cannot be compared; the message says which.

    """
    try:
        return Compiler(queryables, given.crs).condition(given.node)
    except RecursionError:
        raise refused("嵌套过深。", "It is nested too deeply.", code="filter-too-costly") from None
