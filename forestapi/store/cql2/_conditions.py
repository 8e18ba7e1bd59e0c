"""Conditions of a filter: what is true or false (or unknown) of a row."""

from collections.abc import Mapping
from typing import Any

from forestapi.db.sql import Sql
from forestapi.records._filter import refused
from forestapi.records._queryables import Queryable
from forestapi.store.cql2 import _spatial, _temporal
from forestapi.store.cql2._scalars import TYPES, Scalars, common
from geo.ogc_crs import OgcCrs

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
MAX_PATTERN = 300


class Compiler:
    """Turns the conditions of one filter into SQL."""

    def __init__(self, queryables: Mapping[str, Queryable], crs: OgcCrs) -> None:
        """Know the properties that may be named, and the CRS of the filter's geometries."""
        self.scalars, self.crs = Scalars(queryables), crs

    def condition(self, node: Any) -> Sql:
        """Write one condition.

        Raises:
            BadRequest: it is none.

        """
        match node:
            case bool():
                return Sql("true" if node else "false")
            case {"property": name}:
                found = self.scalars.property(name)
                if found.kind == "boolean":
                    return Sql(found.column)
                raise refused(f"{found.name} 不是真假值。", f"{found.name} is neither true nor false.")
            case {"op": str(op), "args": list(args)}:
                return self._operation(op.lower(), args)
        raise refused(f"不是条件：{str(node)[:60]}。", f"This is no condition: {str(node)[:60]}.")

    def _operation(self, op: str, args: list[Any]) -> Sql:
        if op in ("and", "or") and len(args) >= 2:
            parts = [self.condition(arg) for arg in args]
            return Sql(f" {op} ".join(["({})"] * len(parts)), *parts)
        if op in _temporal.RELATIONS:
            return _temporal.condition(self.scalars, op, args)
        if op in _spatial.RELATIONS:
            return _spatial.condition(self.scalars, op, args, self.crs)
        match op, args:
            case "not", [inner]:
                return Sql("not ({})", self.condition(inner))
            case "isnull", [{"property": name}]:
                return Sql(f"{self.scalars.property(name).column} is null")
            case "isnull", [inner]:
                value = self.scalars.value(inner)
                return Sql("({}) is null", self.scalars.bound(value, value.kind))
            case ("=" | "<>" | "<" | "<=" | ">" | ">="), [left, right]:
                return self._compare(op, left, right)
            case "between", [value, low, high]:
                return Sql("{} and {}", self._compare(">=", value, low), self._compare("<=", value, high))
            case "in", [value, list(members)] if members:
                return self._member(value, members)
            case "like", [value, pattern]:
                return self._like(value, pattern)
            case ("a_contains" | "a_containedby" | "a_equals" | "a_overlaps"), [left, right]:
                return self._array(op, left, right)
        raise refused(
            f"没有条件 {op[:40]}，或参数个数不符。", f"There is no condition {op[:40]} of these arguments."
        )

    def _compare(self, op: str, left: Any, right: Any) -> Sql:
        if self._is_condition(left) or self._is_condition(right):
            return Sql(f"({{}}) {op} ({{}})", self.condition(left), self.condition(right))
        values = [self.scalars.value(left), self.scalars.value(right)]
        kind = common(values)
        if kind in ("geometry", "array"):
            raise refused(f"{kind} 不能用 {op} 比较。", f"A {kind} cannot be compared by {op}.")
        order = ' collate "C"' if kind == "string" and op not in ("=", "<>") else ""
        return Sql(f"{{}} {op} {{}}{order}", *(self.scalars.bound(value, kind) for value in values))

    def _is_condition(self, node: Any) -> bool:
        """Whether one side of a comparison is a condition itself, as in `(a > 1) = true`."""
        return isinstance(node, dict) and str(node.get("op", "")).lower() in (
            "and", "or", "not", "isnull", "between", "in", "like", *COMPARISONS, *_spatial.RELATIONS, *_temporal.RELATIONS,
        )  # fmt: skip

    def _member(self, value: Any, members: list[Any]) -> Sql:
        found = [self.scalars.value(member) for member in members]
        tested = self.scalars.value(value)
        if tested.sql is None or any(member.sql is not None for member in found):
            parts = [self._compare("=", value, member) for member in members]
            return Sql(" or ".join(["({})"] * len(parts)), *parts)
        kind = common([tested, *found])
        listed = [self.scalars.bound(member, kind).values[0] for member in found]
        if kind not in TYPES:
            raise refused(f"{kind} 不能用 IN。", f"A {kind} cannot be used with IN.")
        return Sql(f"{{}} = any({{}}::{TYPES[kind]}[])", self.scalars.bound(tested, kind), listed)

    def _like(self, value: Any, pattern: Any) -> Sql:
        inner = pattern
        while isinstance(inner, dict) and isinstance(inner.get("args"), list) and len(inner["args"]) == 1:
            inner = inner["args"][0]
        if not isinstance(inner, str) or len(inner) > MAX_PATTERN:
            raise refused(
                f"LIKE 的模式应为文本，至多 {MAX_PATTERN} 字。", f"LIKE takes a text of {MAX_PATTERN} characters at most."
            )
        if (len(inner) - len(inner.rstrip("\\"))) % 2:
            raise refused("LIKE 的模式不能以 \\ 结尾。", "A pattern of LIKE cannot end in a backslash.")
        sides = [self.scalars.bound(self.scalars.value(side), "string") for side in (value, pattern)]
        return Sql("({}) like ({})", *sides)

    def _array(self, op: str, left: Any, right: Any) -> Sql:
        swapped = {"a_contains": "a_containedby", "a_containedby": "a_contains"}
        if isinstance(left, list) and isinstance(right, dict):
            op, left, right = swapped.get(op, op), right, left
        name = left.get("property") if isinstance(left, dict) else None
        found = self.scalars.property(name)
        if found.kind != "array":
            raise refused(f"{found.name} 不是列表。", f"{found.name} is no list.")
        if not isinstance(right, list) or not all(isinstance(each, str) for each in right):
            raise refused("应与文本列表比较。", "A list is compared with a list of texts.")
        column = found.column
        if op == "a_overlaps":
            return Sql(f"{column} ?| {{}}::text[]", right)
        if op == "a_equals":
            return Sql(f"{column} @> to_jsonb({{}}::text[]) and {column} <@ to_jsonb({{}}::text[])", right, right)
        return Sql(f"{column} {'@>' if op == 'a_contains' else '<@'} to_jsonb({{}}::text[])", right)
