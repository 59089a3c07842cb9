"""An operation as consumed, as a function, as a route and as a tool."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import READING, Effect
from naftiko_gen.language.names import words
from naftiko_gen.openapi.prose import sentence
from naftiko_gen.openapi.write.inputs import put_styling
from naftiko_gen.openapi.write.names import kebab
from naftiko_gen.openapi.write.paging import pagination
from naftiko_gen.openapi.write.schemas import EXAMPLE, is_secret
from naftiko_gen.resolve.exposed.names import humanise
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.openapi.read.api import Operation, Remark
    from naftiko_gen.openapi.write.inputs import Constant, Input
    from naftiko_gen.openapi.write.requests import Request
    from naftiko_gen.openapi.write.upstreams import Upstream
    from naftiko_gen.syntax.yaml_writer import Value

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_REPEATABLE = frozenset({"PUT", "DELETE"})
_FINAL = {
    *("cancel", "delete", "destroy", "drop", "erase", "purge", "remove", "revoke"),
    *("terminate", "truncate", "uninstall", "wipe"),
}
"""Words of the names of operations that nobody can undo."""
_OF_TOOLS = ()
_OF_ROUTES = ("pattern",)
"""The restrictions of inputs that the official language has."""
DEPRECATED = "Deprecated."
"""The end of the description of a deprecated operation."""
BEHIND_PATH = re.compile("[?#]")
"""The starts of a query and a fragment, which some documents write into paths."""


@dataclass(frozen=True)
class Call:
    """An operation, its upstream and its request, as consumed and as exposed."""

    name: str
    target: str
    """The reference to the consumed operation."""
    upstream: Upstream
    operation: Operation
    request: Request
    is_default: bool = True
    """Whether the consumed operation has the request, or that of the document."""
    constants: tuple[Constant, ...] = ()
    """The parameters whose only value the document's operation doesn't fix."""
    can_infer: bool = False
    """Whether units need no inputs that are those of the document."""
    chosen_effect: Effect | None = None
    """The effect of the operation, if the user says it."""

    @property
    def effect(self) -> Effect:
        """Return the most that a call may do; declared pages are those of a search."""
        operation, paging = self.operation, self.operation.pagination
        is_list = paging is not None and paging.type != "none"
        if self.chosen_effect is not None:
            return self.chosen_effect
        if is_list or operation.method in READING:
            return Effect.READ
        is_final = operation.method == "DELETE" or bool(_FINAL & self._words)
        return Effect.DESTRUCTIVE if is_final else Effect.WRITE

    @property
    def _words(self) -> set[str]:
        """Return the words that name the operation, also at the end of its path."""
        end = self.operation.path.rpartition("/")[2]
        names = (self.operation.telling_id, "" if "{" in end else end)
        return {word.lower() for name in names if name for word in words(name)}

    @property
    def exposed_inputs(self) -> tuple[Input, ...]:
        """Return the inputs that a route or tool declares."""
        is_inferred = self.can_infer and not self.has_own_inputs
        return () if is_inferred else self.request.inputs

    @property
    def original_path(self) -> str | None:
        """The path in the document, if it has a query or a fragment."""
        path = self.operation.path
        return path if BEHIND_PATH.search(path) else None

    @property
    def label(self) -> str | None:
        """The summary, unless the description says nothing more."""
        operation = self.operation
        is_more = operation.description not in ("", operation.summary)
        return operation.summary if operation.summary and is_more else None

    @property
    def description(self) -> str:
        """The operation's own text, else its name, which precedes a path's text."""
        operation, name = self.operation, humanise(kebab(self.operation.telling_id))
        text = operation.description or operation.summary or f"{name}."
        if not operation.is_described and text.strip(".").lower() != name.lower():
            text = f"{name}. {text}"
        is_old = operation.is_deprecated
        return f"{sentence(text)} {DEPRECATED}" if is_old else text

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Return the remarks about the operation and its request."""
        return (*self.operation.remarks, *self.request.remarks)

    @property
    def has_own_inputs(self) -> bool:
        """Return whether inputs can't be inferred from the parameters they feed."""
        has_aliases = any(
            i.name != i.wire or i.route_place for i in self.request.inputs
        )
        return has_aliases or not self.is_default


# --- consumed --------------------------------------------------------------------


def consumed_operation(call: Call, *, is_typed: bool, has_texts: bool) -> Block:
    """Return a consumed operation; `is_typed` if its parameters say their types."""
    request = call.request
    comments = tuple(capital(remark.text) for remark in call.remarks)
    block = Block(comments=comments).put("name", call.name)
    block.put("label", call.label if has_texts else None)
    block.put("method", call.operation.method)
    block.put("description", call.description if has_texts else None)
    block.put("tags", list(call.operation.tags), MEANT)
    inputs: list[Value] = [_parameter(item, is_typed) for item in request.inputs]
    inputs += map(fixed_parameter, request.constants)
    block.put("inputParameters", inputs).put("body", request.body)
    block.put("outputRawFormat", request.raw_format)
    block.put("outputSchema", request.answer, MEANT)
    block.put("outputExample", request.example, MEANT)
    wires = {item.wire for item in request.inputs}
    bodies = (item.wire for item in request.inputs if item.place == "body")
    paging = pagination(call.operation, wires, next(bodies, None))
    block.put("pagination", paging, MEANT)
    outputs: list[Value] = [
        Block().put("name", item.name).put("type", item.kind).put("value", item.value)
        for item in request.outputs
    ]
    return block.put("outputParameters", outputs)


def fixed_parameter(parameter: Constant) -> Block:
    """Return a parameter with a value."""
    block = Block().put("name", parameter.name).put("in", parameter.place)
    return block.put("value", parameter.value)


def _parameter(input_: Input, is_typed: bool) -> Block:
    block = Block().put("name", input_.wire).put("in", input_.place)
    put_styling(block, input_.styling)
    if is_typed:
        kind = input_.declaration.kind
        is_plain = kind is not None
        block.put("type", kind, MEANT)
        block.put("required", input_.required, *(() if is_plain else (MEANT,)))
        block.put("description", input_.declaration.text)
        block.put("schema", _schema(input_))
    elif input_.required and input_.place != "path":
        # Inputs have the type, and those of routes no word for this.
        block.put("required", True, MEANT)
    return block


def _schema(input_: Input) -> Block:
    """Return the type of a parameter with its restrictions, if it has some."""
    keys, block = _public_keys(input_), Block()
    for key, value in {"type": input_.declaration.kind, **keys}.items() if keys else ():
        block.put(key, value)
    return block


def _public_keys(input_: Input) -> dict[str, Value]:
    """Return the restrictions of an input; a secret has no example."""
    is_hidden = is_secret(input_.wire)
    return {k: v for k, v in input_.keys.items() if not (is_hidden and k == EXAMPLE)}


# --- exposed ---------------------------------------------------------------------


def _hints(call: Call) -> tuple[bool, bool, bool]:
    """Return the hints of a tool: `readOnly`, `destructive` and `idempotent`."""
    effect, method = call.effect, call.operation.method
    is_repeatable = effect is Effect.READ or method in _REPEATABLE
    return effect is Effect.READ, effect is Effect.DESTRUCTIVE, is_repeatable


def function(call: Call, namespace: str) -> Block:
    """Return the function of an aggregate, which has the inputs of route and tool."""
    read_only, _, idempotent = _hints(call)
    semantics = Block().put("safe", read_only).put("idempotent", idempotent)
    block = Block().put("name", call.name).put("description", call.description)
    block.put("semantics", semantics)
    return _put_call(block, call, namespace, _OF_TOOLS, _OF_ROUTES)


def function_tool(call: Call, reference: str) -> Block:
    """Return a tool that is a function, with the hint that its semantics lack."""
    read_only, destructive, _ = _hints(call)
    hints = Block().put("destructive", destructive)
    block = Block().put("ref", reference).put("label", call.label)
    return block.put("hints", None if read_only else hints)


def function_route(call: Call, reference: str) -> Block:
    """Return a route that is a function."""
    block = Block().put("method", call.operation.method).put("ref", reference)
    inputs: list[Value] = [*map(_route_input, call.request.inputs)]
    return block.put("inputParameters", inputs if call.has_own_inputs else None)


def route(call: Call, namespace: str) -> Block:
    """Return a route with its inputs; its description is that of its operation."""
    block = Block().put("name", call.name).put("method", call.operation.method)
    inputs: list[Value] = [
        _add_restrictions(_route_input(item), item, _OF_ROUTES)
        for item in call.exposed_inputs
    ]
    block.put("inputParameters", inputs).put("call", call.target)
    return block.put("with", _with(call, namespace))


def _route_input(input_: Input) -> Block:
    block = Block().put("name", input_.name)
    block.put("in", input_.route_place or input_.place)
    block.put("type", input_.declaration.kind)
    return block.put("description", input_.declaration.text)


def tool(call: Call, namespace: str) -> Block:
    """Return a tool with its inputs."""
    read_only, destructive, idempotent = _hints(call)
    hints = Block().put("readOnly", read_only).put("destructive", destructive)
    block = Block().put("name", call.name).put("label", call.label)
    block.put("description", call.description)
    block.put("hints", hints.put("idempotent", idempotent))
    return _put_call(block, call, namespace, _OF_TOOLS)


def _put_call(
    block: Block, call: Call, namespace: str, *official: Sequence[str]
) -> Block:
    """Add the inputs of a tool or function, and its call."""
    inputs: list[Value] = [
        _add_restrictions(
            Block()
            .put("name", item.name)
            .put("type", item.declaration.kind)
            .put("required", _requirement(call, item))
            .put("description", item.declaration.text),
            item,
            *official,
        )
        for item in call.exposed_inputs
    ]
    block.put("inputParameters", inputs).put("call", call.target)
    return block.put("with", _with(call, namespace))


def _requirement(call: Call, input_: Input) -> bool | None:
    """Return whether an input is required; none if its parameter is in the document."""
    is_of_document = "default" in input_.keys and not call.is_default
    return None if is_of_document else input_.required


def _add_restrictions(block: Block, source: Input, *official: Sequence[str]) -> Block:
    """Add an input's restrictions; comments acknowledge those that are extensions.

    `official` are the keys that the language has for inputs of each kind of unit.
    """
    keys = _public_keys(source)
    firsts = {
        next((k for k in keys if k not in old_keys), None) for old_keys in official
    }
    for key, value in keys.items():
        block.put(key, value, *((MEANT,) if key in firsts else ()))
    return block


def _with(call: Call, namespace: str) -> Block:
    """Return the references for parameters whose input has another name."""
    block = Block()
    for constant in call.constants:
        block.put(constant.name, constant.value)
    for item in call.request.inputs:
        if item.name != item.wire:
            block.put(item.wire, f"{namespace}.{item.name}")
    return block


def capital(text: str) -> str:
    """Return a text as a sentence that starts with a capital."""
    return sentence(f"{text[:1].upper()}{text[1:]}")
