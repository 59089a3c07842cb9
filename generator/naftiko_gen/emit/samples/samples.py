"""Sample values for the inputs of a route or tool in the tests."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit.requests.bodies import body_of, callers_media_type
from naftiko_gen.emit.requests.parts import Role, input_roles

TEXT = "value 1/ü?"
NUMBER = 7
FRACTION = 2.5
_NAME_LIMIT = 40


def sample(kind: ir.Type, text: str) -> Plain:
    """Return a value of a type, with the text as its strings."""
    match kind:
        case ir.Primitive():
            return _scalar(kind, text)
        case ir.Anything():
            return "anything"
        case ir.Bytes():
            return base64.b64encode(f"{text}\0".encode()).decode()
        case ir.Array():
            return [sample(kind.items, text)]
        case ir.Object():
            return _object(kind, text)
        case ir.OneOf() | ir.Matching() | ir.Refined() | ir.Nullable() | ir.Union():
            return _restricted_sample(kind, text)
        case _:
            assert_never(kind)


def _scalar(kind: ir.Primitive, text: str) -> Plain:
    match kind:
        case ir.Primitive.STRING:
            return text
        case ir.Primitive.INTEGER:
            return NUMBER
        case ir.Primitive.NUMBER:
            return FRACTION
        case ir.Primitive.BOOLEAN:
            return True
        case _:
            assert_never(kind)


def _object(kind: ir.Object, text: str) -> Plain:
    """Return an object with all declared members, or else with one of its own."""
    if kind.fields:
        return {f.name: sample(f.type, text) for f in kind.fields}
    if kind.others is None:
        return {"key": "value", "big": 9007199254740993}
    return {"key": sample(kind.others, text)}


def _restricted_sample(kind: ir.RestrictedType, text: str) -> Plain:
    match kind:
        case ir.OneOf(values=values):
            return values[0]
        case ir.Matching(sample=matching):
            return matching
        case ir.Refined(base=base) if isinstance(ir.base_type(base), ir.Array):
            return _array_within(kind, text)
        case ir.Refined(format="byte"):
            return sample(ir.Bytes(), text)
        case ir.Refined(base=base, limits=limits):
            value = sample(base, text)
            is_kept = not limits or ir.are_kept(limits, value)
            return value if is_kept else kind.sample
        case ir.Nullable(base=base):
            return sample(base, text)
        case ir.Union(types=types):
            return sample(types[0], text)
        case _:
            assert_never(kind)


def _array_within(kind: ir.Refined, text: str) -> Plain:
    """Return an array with as few items as its limits allow, but one if they do."""
    array = sample(kind.base, text)
    items = array if isinstance(array, list) else []
    counts = dict(kind.limits)
    least = int(counts.get(ir.Limit.MIN_ITEMS, 1))
    most = int(counts.get(ir.Limit.MAX_ITEMS, max(least, 1)))
    return items * min(max(least, 1), most)


@dataclass(frozen=True)
class Samples:
    """The samples for the inputs of a route or tool."""

    unit: ir.Exposed

    def of(self, source: ir.Input) -> Plain:
        """Return an input's sample.

        Text has characters that a URL must encode, unless it becomes a header. It
        contains the input's name, without characters that requests may not contain.
        `Content-Type` must match the body.
        """
        match self.unit, source.location:
            case ir.Route(), ir.InHeader() if source.name.lower() == "content-type":
                return callers_media_type(self.unit)
            case ir.Route(inputs=inputs), ir.InBody():
                return body_of(inputs, self._default_sample)
            case _ if source.default and Role.CHOICE in self._roles.get(source, ()):
                # Samples of a body have its default type.
                return source.default.value
            case _:
                return self._default_sample(source)

    def _default_sample(self, source: ir.Input) -> Plain:
        name = re.sub(r"[^A-Za-z0-9._-]+", " ", source.name).strip()[:_NAME_LIMIT]
        roles = self._roles.get(source, ())
        in_header = isinstance(source.location, ir.InHeader) or Role.HEADER in roles
        text = f"{name} 1" if in_header else f"{name} 1/ü?"
        if isinstance(source.location, ir.InCookie) or Role.COOKIE in roles:
            text = f"{name.replace(' ', '-')}-1"
        if Role.FILE_NAME in roles:
            text = f"{name} 1 ü?"
        if Role.MEDIA_TYPE in roles:
            text = f"application/{name.replace(' ', '-')}"
        is_object = source.type == ir.Anything() and self._gets_credential(source)
        return sample(ir.Object() if is_object else source.type, text)

    def _gets_credential(self, source: ir.Input) -> bool:
        """Return whether an input is a JSON body to which a credential is added."""
        return any(
            isinstance(call.operation.upstream.credential, ir.BodyKey)
            and call.operation.body is not None
            and (call.operation.body.entity, ir.Argument(source)) in call.arguments
            for call in ir.calls(self.unit.implementation)
        )

    @cached_property
    def _roles(self) -> Mapping[ir.Parameter | ir.Input, set[Role]]:
        return input_roles(self.unit)
