"""Validate a normalised syntax tree: convert it to models, or report its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from naftiko_gen.diagnostics import Code, Report, Span, nearest, quote, suggestion
from naftiko_gen.diagnostics.quoting import SUGGESTION
from naftiko_gen.language.models import (
    BODY_TYPES,
    CREDENTIALS,
    Adapter,
    Spec,
    Step,
    models_by_type,
)
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

Words = MappingABC[str, str]


KEYS: Words = MappingProxyType(
    {
        "cache": "caching of responses (cache)",
        "cacheControl": "caching of responses (cacheControl)",
        "pagination": "pagination elsewhere than at consumed operations and tools",
        "resiliency": "resiliency",
        "tunnel": "a tunnel to a private network",
    }
)
"""Proposed features by the keys that describe them."""

TYPES: Words = MappingProxyType(
    {
        "a2a": "A2A",
        "condition": "a step of type condition",
        "for-each": "a step of type for-each",
        "grpc": "gRPC",
        "mcp": "consuming an MCP server",
        "parallel-join": "a step of type parallel-join",
        "webhook": "an adapter of type webhook",
    }
)
"""Proposed features by the `type` of an adapter, an upstream or a step."""


def feature_of(error: ErrorDetails) -> str | None:
    """Return the proposed feature that an error of validation is about, if any."""
    match error:
        case {"type": "extra_forbidden", "loc": (*_, str() as key)}:
            return KEYS.get(key)
        case {"type": "union_tag_invalid", "ctx": {"tag": str() as tag}}:
            return TYPES.get(tag)
        case {"type": "literal_error", "loc": (*_, "type"), "input": str() as kind}:
            return TYPES.get(kind)
        case _:
            return None


_CANONICAL: Words = MappingProxyType({})


def validate(tree: Mapping, report: Report, words: Words = _CANONICAL) -> Spec | None:
    """Return the models of a normalised spec, or None after reporting its errors.

    `words` are the keys that the author types for canonical ones, if they are others.
    """
    try:
        return Spec.model_validate(tree)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
    holders = [error["loc"][:-1] for error in errors if _refuses_holder(error)]
    for error in errors:
        if _is_refusal(error) or not _is_inside(error["loc"], holders):
            _report(error, _place(tree, error["loc"]), report, words)
    if not report.has_errors:
        raise AssertionError("an invalid spec has an error")
    return None


def _is_refusal(error: ErrorDetails) -> bool:
    """Return whether an error is about a feature that can't be compiled."""
    return error["type"] == "unsupported" or feature_of(error) is not None


def _refuses_holder(error: ErrorDetails) -> bool:
    """Return whether the mapping with the refused key can't be compiled anyway."""
    return _is_refusal(error) and error["loc"][-1] in ("steps", "ref", "type")


def _is_inside(loc: tuple[int | str, ...], units: list[tuple[int | str, ...]]) -> bool:
    """Return whether an error is inside a mapping that can't be compiled anyway."""
    return any(loc[: len(unit)] == unit for unit in units)


_EXPECTED = {
    "string_type": "text",
    "single_type": "a single value",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "is_instance_of": "a mapping",
}


def _report(error: ErrorDetails, place: _Place, report: Report, words: Words) -> None:
    key = quote(words.get(place.key, place.key))
    feature = feature_of(error)
    if feature is not None:
        message = f"{feature} is only proposed for the language: nothing implements it"
        span = place.typed if place.key in KEYS else place.type
        report.add(Code.PROPOSED_FEATURE, message, span)
        return
    match error["type"]:
        case "missing":
            report.add(Code.MISSING_KEY, f"{key} is missing", place.value)
        case "extra_forbidden":
            message = f"{key} isn't a key of this mapping"
            *holder, typed_key = error["loc"]
            keys = tuple(words.get(name, name) for name in _keys(holder))
            hint = _similar_key(str(typed_key), keys)
            report.add(Code.UNKNOWN_KEY, message, place.typed, hint)
        case "unsupported":
            message = f"{error['msg']} can't be compiled yet"
            report.add(Code.UNSUPPORTED, message, place.typed)
        case "union_tag_invalid" | "union_tag_not_found":
            _report_kind(error, place, report)
        case kind if kind in _EXPECTED:
            report.add(Code.WRONG_TYPE, f"{key} must be {_EXPECTED[kind]}", place.value)
        case _:
            message = f"{key} can't be {_quote(error['input'])}"
            report.add(Code.WRONG_VALUE, message, place.value, _list_allowed(error))


def _report_kind(error: ErrorDetails, place: _Place, report: Report) -> None:
    """Report an unknown `type` of an adapter, a credential or a body."""
    tag = error.get("ctx", {}).get("tag")
    code, names = Code.UNSUPPORTED, tuple[str, ...](CREDENTIALS)
    if tag is None and place.type != place.value:
        report.add(Code.WRONG_TYPE, "'type' must be text", place.type)
        return
    if tag is None:
        report.add(Code.MISSING_KEY, "'type' is missing", place.value)
        return
    if "authentication" in error["loc"]:
        message = f"authentication of type {quote(tag)} can't be compiled yet"
    elif place.key == "body":
        message = f"a request body of type {quote(tag)} can't be compiled"
        names = BODY_TYPES
    elif "steps" in error["loc"]:
        message = f"no step has type {quote(tag)}"
        code, names = Code.WRONG_VALUE, _STEPS
    else:
        message = f"no adapter has type {quote(tag)}"
        code, names = Code.UNKNOWN_ADAPTER, _ADAPTERS
    report.add(code, message, place.type, suggestion(tag, names))


_WORD = re.compile("'([^']*)'")
_ADAPTERS = tuple(models_by_type(Adapter))
_STEPS = tuple(models_by_type(Step))

# --- hints -------------------------------------------------------


def _quote(value: object) -> str:
    """Return a value for a message; mappings and lists aren't shown."""
    match value:
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return quote(value)


def _similar_key(name: str, keys: tuple[str, ...]) -> str | None:
    """Return the hint that asks for a key: the one that begins so, as `inputs`."""
    start = name.lower().removesuffix("s")
    longer = (key for key in keys if len(start) > 3 and key.lower().startswith(start))
    key = next(longer, None)
    return f"{SUGGESTION} {quote(key)}?" if key else suggestion(name, keys)


def _question(text: str, values: str) -> str:
    """Return the question for the most similar word; case doesn't matter."""
    words = {word.casefold(): word for word in _WORD.findall(values)}
    near = nearest(text.casefold(), words)
    return f"{SUGGESTION} {quote(words[near])}? " if near else ""


def _list_allowed(error: ErrorDetails) -> str | None:
    match error.get("ctx", {}):
        case {"expected": values}:
            return f"{_question(str(error['input']), values)}allowed: {values}"
        case {"ge": least}:
            return f"allowed: {least} or more"
        case {"le": most}:
            return f"allowed: {most} or less"
        case _:
            return None


def _keys(holder: list[int | str]) -> Iterator[str]:
    """Yield the keys of the models at that location of a spec."""
    models: list[type[BaseModel]] = [Spec]
    for step in (step for step in holder if isinstance(step, str)):
        models = _models_of_key(models, step)
    for model in models:
        for name, field in model.model_fields.items():
            if name not in ("node", "shared"):
                yield field.alias or name


def _models_of_key(models: list[type[BaseModel]], step: str) -> list[type[BaseModel]]:
    """Return the models of a key's value; a union's tag selects among `models`."""
    fields = (
        field
        for model in models
        for name, field in model.model_fields.items()
        if (field.alias or name) == step
    )
    inner = [model for field in fields for model in _models(field.annotation)]
    return inner or [model for model in models if _is_tagged(model, step)]


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _is_tagged(model: type[BaseModel], tag: str) -> bool:
    field = model.model_fields.get("type")
    return field is None or tag in get_args(field.annotation)


# --- places ------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """The location of an error: a key, its span, its value's, and its `type`'s span."""

    key: str
    typed: Span
    value: Span
    type: Span


def _place(tree: Mapping, steps: tuple[int | str, ...]) -> _Place:
    """Follow pydantic's path; steps that are tags of unions have no node."""
    node: Node = tree
    key, span = "the document", tree.span
    for step in steps:
        match node:
            case Mapping() if (entry := node.entry(str(step))) is not None:
                key, span, node = entry.key, entry.span, entry.value
            case Sequence() if isinstance(step, int):
                node = node.items[step]
                span = node.span
    last = str(steps[-1]) if steps else key
    value = node.value_span("type") if isinstance(node, Mapping) else node.span
    return _Place(last if isinstance(node, Mapping) else key, span, node.span, value)
