"""Types of declared inputs, with their restrictions, limits and default values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Plain, Report, quote
from naftiko_gen.language import models
from naftiko_gen.language.patterns import LONGEST_TEXT, PatternError, sample_of

RestrictedModel = models.InputPart | models.Input


def type_of(kind: models.Kind) -> ir.Type:
    """Return the type of a name; objects and arrays may hold anything."""
    match kind:
        case "object":
            return ir.Object()
        case "array":
            return ir.Array(ir.Anything())
        case _:
            return ir.Primitive(kind)


def example_of(model: RestrictedModel | None) -> str | None:
    """Return the example of a value as JSON."""
    node = model.node.get("example") if model else None
    value = node.plain() if node else None
    return None if value is None else json.dumps(value, ensure_ascii=False)


_OF_NUMBERS = (
    ir.Limit.MINIMUM,
    ir.Limit.MAXIMUM,
    ir.Limit.EXCLUSIVE_MINIMUM,
    ir.Limit.EXCLUSIVE_MAXIMUM,
)
_DEFAULT_NUMBERS = (7, 2.5)


LIMIT_KEYS: Mapping[str, tuple[ir.Limit, ...]] = {
    "integer": _OF_NUMBERS,
    "number": _OF_NUMBERS,
    "string": (ir.Limit.MIN_LENGTH, ir.Limit.MAX_LENGTH),
    "array": (ir.Limit.MIN_ITEMS, ir.Limit.MAX_ITEMS),
}
"""The limits that values of a type can have."""


def sample_within(limits: ir.Limits, base: ir.Type) -> str | int | float | None:
    """Return a scalar of a type within limits, or None if none is found."""
    candidates = _candidates(dict(limits), base)
    return next((sample for sample in candidates if ir.are_kept(limits, sample)), None)


def _candidates(
    limits: dict[ir.Limit, int | float], base: ir.Type
) -> Iterator[str | int | float]:
    match base:
        case ir.Primitive.STRING:
            # One character is usual, if the text may have one.
            usual = min(1, limits.get(ir.Limit.MAX_LENGTH, 1))
            yield "x" * int(max(limits.get(ir.Limit.MIN_LENGTH, 0), usual))
        case ir.Matching(pattern=pattern):
            least = limits.get(ir.Limit.MIN_LENGTH, 0)
            most = limits.get(ir.Limit.MAX_LENGTH, LONGEST_TEXT)
            with suppress(PatternError):
                yield sample_of(pattern, int(least), int(most))
        case ir.OneOf(values=values):
            yield from values
        case ir.Primitive.INTEGER:
            yield from map(math.floor, _numbers(limits.values()))
        case ir.Primitive.NUMBER:
            yield from _numbers(limits.values())
        case _:
            pass


def _numbers(bounds: Iterable[int | float]) -> Iterator[int | float]:
    """Yield usual numbers, then some at, beside and between the bounds."""
    numbers = sorted(bounds)
    yield from _DEFAULT_NUMBERS
    for bound in numbers:
        yield from (bound, bound + 1, bound - 1)
    if numbers:
        yield (numbers[0] + numbers[-1]) / 2


_OF_SCALARS = ("enum", "pattern")
_OF_OBJECTS = ("properties", "additionalProperties")
_UNIONS = ("anyOf", "oneOf")
_RESTRICTIONS = (
    *(*_OF_SCALARS, "items", *_OF_OBJECTS, "format"),
    *map(str, ir.Limit),
    *_UNIONS,
)
_EXTENSIONS = {*_RESTRICTIONS, "default", "apiDefault", "example", "check"}
"""The keys that the official language doesn't have, apart from schemas' `pattern`."""
_FORMATTED = ("string", "integer", "number")
_INSTANCES: dict[ir.Primitive, tuple[type, ...]] = {
    ir.Primitive.STRING: (str,),
    ir.Primitive.INTEGER: (int,),
    ir.Primitive.NUMBER: (int, float),
    ir.Primitive.BOOLEAN: (bool,),
}


@dataclass(frozen=True)
class InputTypes:
    """Reader of the restrictions of inputs, which reports unusable ones."""

    report: Report

    def declared_type(self, model: models.Input, inferred_type: ir.Type) -> ir.Type:
        """Return the type of an input; bytes override the declared type."""
        official = {"pattern"} if isinstance(model, models.RestInput) else set()
        keys = [e.key for e in model.node.entries if e.key in _EXTENSIONS - official]
        if keys:
            shown_keys = ", ".join(map(quote, keys))
            message = f"the official language has no {shown_keys} of an input"
            span = model.node.key_span(keys[0])
            self.report.add(Code.INPUT_RESTRICTION, message, span)
        if inferred_type in (ir.Bytes(), ir.Array(ir.Bytes())):
            self._refuse(model, (*_RESTRICTIONS, "check"), "bytes")
            return inferred_type
        is_declared = model.kind or model.any_of or model.one_of
        return self.type(model) if is_declared else self._refine(model, inferred_type)

    def default(
        self, model: models.Input, kind: ir.Type, location: ir.Location
    ) -> ir.Default | None:
        """Return the value of an input that clients leave out, None without one."""
        if model.default is None:
            return None
        match location:
            case ir.InPath():
                self._refuse(model, ("default",), "a variable of the path")
            case ir.InBody() | ir.InText() | ir.InContent():
                self._refuse(model, ("default",), "a whole body")
            case _:
                return self.constant(model, "default", kind)
        return None

    def constant(
        self, model: RestrictedModel, key: str, kind: ir.Type
    ) -> ir.Default | None:
        """Return the default of a key; report one of another type."""
        node = model.node.get(key)
        value = node.plain() if node else None
        if value is None:
            return None
        if not is_of(value, kind):
            message = "the default isn't a value of its type"
            self.report.add(Code.UNUSABLE_RESTRICTION, message, model.at(key))
        return ir.Default(json.dumps(value))

    def type(self, model: RestrictedModel) -> ir.Type:
        """Return the type that a declaration describes."""
        options = model.any_of or model.one_of
        base = self._union(model, options) if options else self._base(model)
        kind = self._refine(model, base)
        return ir.Nullable(kind) if getattr(model, "nullable", False) else kind

    def _union(
        self, model: RestrictedModel, options: list[models.InputPart]
    ) -> ir.Union:
        """Return a type of several; the types of all have to fit a declared one."""
        self._refuse(model, _RESTRICTIONS, "a value of several types", _UNIONS)
        if model.any_of and model.one_of:
            self._refuse(model, ("oneOf",), "a value with 'anyOf'")
        types = tuple(map(self.type, options))
        expected = type_of(model.type) if model.type else ir.Anything()
        if not all(_is_like(option, expected) for option in types):
            message = f"not all of the types are of type {model.type}"
            self.report.add(Code.UNUSABLE_RESTRICTION, message, model.at("type"))
        return ir.Union(types, is_exclusive=not model.any_of)

    def _base(self, model: RestrictedModel) -> ir.Type:
        kind = model.kind
        if kind is None:
            return ir.Anything()
        keys = (*LIMIT_KEYS.get(kind, ()), *(("format",) if kind in _FORMATTED else ()))
        match type_of(kind):
            case ir.Array():
                self._refuse(model, _RESTRICTIONS, "an array", ("items", *keys))
                items = self.type(model.items) if model.items else ir.Anything()
                return ir.Array(items)
            case ir.Object():
                self._refuse(model, _RESTRICTIONS, "an object", _OF_OBJECTS)
                return self._object(model)
            case ir.Primitive() as base:
                what = f"a value of type {kind}"
                self._refuse(model, _RESTRICTIONS, what, (*_OF_SCALARS, *keys))
                return self._scalar(model, base)
            case other:
                return other

    def _object(self, model: RestrictedModel) -> ir.Object:
        others = model.others
        is_typed = isinstance(others, models.InputPart) and bool(others.node.entries)
        fields = (
            ir.Field(n, self.type(p), p.required, p.description, example_of(p))
            for n, p in (model.properties or {}).items()
        )
        return ir.Object(
            tuple(fields),
            # Without properties, any members are allowed.
            self._others(others) if model.properties is not None or others else None,
            invites_others=others is True or is_typed,
        )

    def _others(self, others: bool | models.InputPart | None) -> ir.Type | None:
        if others is None or isinstance(others, bool):
            return ir.Anything() if others else None
        return self.type(others)

    # --- limits ---

    def _refine(self, model: RestrictedModel, base: ir.Type) -> ir.Type:
        """Return a type with its limits, its format and the upstream's default."""
        limits = tuple(model.limits.items())
        sample = self._sample(model, base, limits) if limits else None
        default = self.constant(model, "apiDefault", base)
        if not (limits or model.format or default):
            return base
        return ir.Refined(base, limits, sample, model.format, default)

    def _sample(
        self, model: RestrictedModel, base: ir.Type, limits: ir.Limits
    ) -> str | int | float | None:
        sample = sample_within(limits, base)
        if sample is None and not isinstance(base, ir.Array):
            limits_text = ", ".join(map(quote, model.limits))
            message = f"no value is found that has {limits_text}"
            span = model.node.key_span(next(iter(model.limits)))
            self.report.add(Code.UNUSABLE_RESTRICTION, message, span)
        return sample

    # --- scalars ---

    def _scalar(self, model: RestrictedModel, base: ir.Primitive) -> ir.Type:
        if model.enum is not None:
            self._ignore_pattern(model, "the values are listed")
            strange = [value for value in model.enum if not is_of(value, base)]
            if strange:
                message = f"{quote(strange[0])} isn't of type {base.value}"
                self.report.add(Code.UNUSABLE_RESTRICTION, message, model.at("enum"))
            return ir.OneOf(base, tuple(dict.fromkeys(model.enum)))
        if model.pattern is not None and base is not ir.Primitive.STRING:
            self._refuse(model, ("pattern",), f"a value of type {base.value}")
        elif model.pattern is not None:
            try:
                return ir.Matching(model.pattern, sample_of(model.pattern))
            except PatternError as error:
                self._ignore_pattern(model, str(error))
        return base

    def _ignore_pattern(self, model: RestrictedModel, reason: str) -> None:
        if model.pattern is not None:
            message = f"the pattern is ignored: {reason}"
            self.report.add(Code.IGNORED_PATTERN, message, model.at("pattern"))

    def _refuse(
        self,
        model: RestrictedModel,
        keys: tuple[str, ...],
        what: str,
        possible: tuple[str, ...] = (),
    ) -> None:
        """Report restrictions that a kind of value can't have, except possible ones."""
        for key in keys:
            node = model.node.get(key)
            if key not in possible and node is not None and node.plain() is not None:
                message = f"{what} can't have {quote(key)}"
                span = model.node.key_span(key)
                self.report.add(Code.UNUSABLE_RESTRICTION, message, span)


def is_of(value: Plain, kind: ir.Type) -> bool:
    """Return whether a value is of a type; whether patterns match isn't known here."""
    match kind:
        case ir.Primitive():
            is_flag = isinstance(value, bool)
            of_type = isinstance(value, _INSTANCES[kind])
            return of_type and is_flag == (kind is ir.Primitive.BOOLEAN)
        case ir.OneOf(base=base, values=values):
            return is_of(value, base) and value in values
        case ir.Matching():
            return isinstance(value, str)
        case ir.Array(items=items):
            return isinstance(value, list) and all(is_of(v, items) for v in value)
        case ir.Object(fields=(), others=None):
            return isinstance(value, dict)
        case ir.Object():
            return isinstance(value, dict) and _has_members(value, kind)
        case ir.Refined(base=base, limits=limits):
            return is_of(value, base) and (not limits or ir.are_kept(limits, value))
        case ir.Nullable(base=base):
            return value is None or is_of(value, base)
        case ir.Union(types=types):
            return any(is_of(value, option) for option in types)
        case _:
            return True


def _has_members(value: dict[str, Plain], kind: ir.Object) -> bool:
    types = {field.name: field.type for field in kind.fields}
    required = {field.name for field in kind.fields if field.required}
    kinds = ((member, types.get(name, kind.others)) for name, member in value.items())
    are_possible = all(of is not None and is_of(member, of) for member, of in kinds)
    return required <= value.keys() and are_possible


def _is_like(actual: ir.Type, expected: ir.Type) -> bool:
    """Return whether a type is of a kind: arrays and objects of any content are."""
    base = ir.base_type(actual)
    if isinstance(expected, ir.Anything) or base == expected:
        return True
    return not isinstance(expected, ir.Primitive) and type(base) is type(expected)
