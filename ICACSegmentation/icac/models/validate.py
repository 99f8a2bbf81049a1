"""Checking a JSON value against a JSON schema: the small part of the standard that model.schema.json uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

#: Keywords that describe and do not restrict; "then" is read together with "if".
ANNOTATIONS = frozenset({"$schema", "title", "description", "then"})

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: Any, name: str) -> bool:
    if name == "number":
        return _is_number(value)
    if name == "integer":
        return _is_number(value) and (isinstance(value, int) or value.is_integer())
    return isinstance(value, _TYPES[name])


def _same(a: Any, b: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def _quoted(values: Any) -> str:
    return ", ".join(repr(v) for v in values)


#: Keyword -> (what it applies to, test that the value passes, what is said otherwise).
_RULES = {
    "type": (object, _is_type, lambda r: f"must be of type {r}"),
    "const": (object, _same, lambda r: f"must be {r!r}"),
    "enum": (object, lambda v, r: any(_same(v, one) for one in r), lambda r: f"must be one of {_quoted(r)}"),
    "pattern": (str, lambda v, r: re.search(r, v) is not None, lambda r: f"must look like {r}"),
    "minLength": (str, lambda v, r: len(v) >= r, lambda r: "must not be empty"),
    "minItems": (list, lambda v, r: len(v) >= r, lambda r: f"must have at least {r} values"),
    "maxItems": (list, lambda v, r: len(v) <= r, lambda r: f"must have at most {r} values"),
    "minimum": (float, lambda v, r: v >= r, lambda r: f"must be at least {r}"),
    "maximum": (float, lambda v, r: v <= r, lambda r: f"must be at most {r}"),
    "exclusiveMinimum": (float, lambda v, r: v > r, lambda r: f"must be above {r}"),
    "exclusiveMaximum": (float, lambda v, r: v < r, lambda r: f"must be below {r}"),
}


def _applies(kind: type, value: Any) -> bool:
    return _is_number(value) if kind is float else isinstance(value, kind)


def _children(value: Any, keyword: str, rule: Any, path: str) -> Iterator[str]:
    """Yield the faults inside an object or a list."""
    if keyword == "items" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from violations(item, rule, f"{path} {number}".strip())
    if not isinstance(value, dict):
        return
    if keyword == "required":
        yield from (f"{_join(path, name)} is missing" for name in rule if name not in value)
    elif keyword == "properties":
        for name, part in rule.items():
            if name in value:
                yield from violations(value[name], part, _join(path, name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, dict) and schema.get("additionalProperties") is False:
        yield from (f"{_join(path, name)} is unknown" for name in value if name not in schema.get("properties", {}))


def violations(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield a phrase for everything in which ``value`` breaks ``schema``, such as "weights.bytes must be at least 1".

    Parameters
    ----------
    value : object
        What ``json.loads`` returned.
    schema : dict
        A JSON schema (2020-12) of the keywords that :data:`_RULES` lists, ``properties``, ``required``,
        ``additionalProperties: false``, ``items``, and ``if`` with ``then``.
    path : str
        Where the value stands in the document.

    Raises
    ------
    ValueError
        If the schema uses any other keyword, as it would be overlooked.

    """
    for keyword, rule in schema.items():
        if keyword in _RULES:
            kind, passes, say = _RULES[keyword]
            if _applies(kind, value) and not passes(value, rule):
                yield f"{path or 'the document'} {say(rule)}"
        elif keyword in ("properties", "required", "items"):
            yield from _children(value, keyword, rule, path)
        elif keyword == "additionalProperties" and rule is False:
            yield from _unknown(value, schema, path)
        elif keyword == "if":
            if not any(violations(value, rule)):
                yield from violations(value, schema.get("then", {}), path)
        elif keyword not in ANNOTATIONS:
            raise ValueError(f"The schema keyword '{keyword}' is not supported.")
