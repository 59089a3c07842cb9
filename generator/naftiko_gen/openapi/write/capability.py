"""The capability document of an API."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.openapi.write.names import distinct, kebab, title_name
from naftiko_gen.openapi.write.prose import sentence
from naftiko_gen.openapi.write.requests import Request, request
from naftiko_gen.openapi.write.upstreams import Upstream, Upstreams
from naftiko_gen.resolve.exposed.descriptions import humanised
from naftiko_gen.resolve.exposed.routes import literal_first, template_of
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.yaml_writer import Block, yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from naftiko_gen.openapi.read.api import Api, Operation, Remark
    from naftiko_gen.openapi.write.additions import Binding
    from naftiko_gen.openapi.write.inputs import Input
    from naftiko_gen.syntax.yaml_writer import Value

_HINTS = {
    # readOnly, destructive, idempotent
    "GET": (True, False, True),
    "POST": (False, False, False),
    "PUT": (False, True, True),
    "PATCH": (False, True, False),
    "DELETE": (False, True, True),
}
_VARIABLE = re.compile(r"\{[^{}]*\}")
_ADDRESS = "localhost"
_REST_PORT = 8080
_MCP_PORT = 9090

Names = dict[str, str]
"""Of operations, by method and path."""


LARGEST = 4 * 1024 * 1024
"""What can be said of operations; a capability can't be larger, and says it twice."""


class TooLargeError(Exception):
    """A capability would be larger than the compiler takes."""


@dataclass(frozen=True)
class Wishes:
    """What the caller of the importer wants.

    Attributes:
        source: The file's name, for the head of the document.
        namespace: Of the upstream; by default made of the API's title.
        base_uri: Where the API is, in the place of what the document says.
        names: Of operations that have names already.
        shared: Whether the capability is there to be imported: it exposes nothing then,
            so what is consumed says the types of its parameters.
        bindings: The parameters that variables set.
    """

    source: str
    namespace: str | None = None
    base_uri: str | None = None
    names: Names = field(default_factory=dict)
    shared: bool = False
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True)
class Imported:
    """A capability's text, and what it doesn't say.

    Attributes:
        remarks: About the API as a whole.
        operations: About each operation, by its name.
    """

    text: str
    remarks: tuple[Remark, ...]
    operations: Mapping[str, tuple[Remark, ...]]

    def remarks_of(self, names: Collection[str]) -> Iterator[Remark]:
        """Yield what isn't said of some operations, in the document's order."""
        for name, remarks in self.operations.items():
            if name in names:
                yield from remarks


def key_of(method: str, path: str) -> str:
    """Return what an operation is recognised by, whatever its variables are called."""
    bare = path.replace("{{", "{").replace("}}", "}")
    return f"{method} {_VARIABLE.sub('{}', bare)}"


def operation_names(
    operations: Sequence[Operation], taken: Names
) -> dict[tuple[str, str], str]:
    """Return the names of operations, by method and path.

    They are made of the ids, else of method and path. Of two that want one name, the
    one with an id has it, and then the one whose id comes first in the alphabet. What
    is `taken`, by `key_of`, stays, unless several operations could be meant.
    """
    shared = Counter(key_of(each.method, each.path) for each in operations)
    kept = {
        f"{each.method} {each.path}": taken[key]
        for each in operations
        if (key := key_of(each.method, each.path)) in taken and shared[key] == 1
    }
    ordered = sorted(operations, key=_rank)
    wanted = [(f"{each.method} {each.path}", _wanted_name(each)) for each in ordered]
    chosen = distinct(wanted, kept)
    return {(o.method, o.path): chosen[f"{o.method} {o.path}"] for o in operations}


def _rank(operation: Operation) -> tuple[bool, str, str, str]:
    has_none = operation.id is None
    return has_none, operation.id or "", operation.method, operation.path


def _wanted_name(operation: Operation) -> str:
    return kebab(operation.id or f"{operation.method.lower()} {operation.path}")


def capability(api: Api, wishes: Wishes) -> Imported:
    """Return the capability that consumes an API and exposes all of it.

    Raises:
        TooLargeError: It would hold more than a capability can.
    """
    return _Writer(api, wishes).imported()


@dataclass(frozen=True)
class _Call:
    """An operation of an upstream, as it is called and as it is exposed."""

    name: str
    upstream: Upstream
    operation: Operation
    request: Request

    @property
    def target(self) -> str:
        return f"{self.upstream.namespace}.{self.name}"

    @property
    def label(self) -> str | None:
        """The summary, unless that is all of the description."""
        about = self.operation
        is_more = about.description not in ("", about.summary)
        return about.summary if about.summary and is_more else None

    @property
    def description(self) -> str:
        said = self.operation.description or self.operation.summary
        said = said or f"{humanised(self.name)}."
        return f"{sentence(said)} Deprecated." if self.operation.is_deprecated else said


@dataclass
class _Writer:
    api: Api
    wishes: Wishes

    def __post_init__(self) -> None:
        self._label = self.api.title or humanised(self.wishes.source.partition(".")[0])
        asked = self.wishes.namespace
        named = title_name(self._label, 40) or kebab(self.wishes.source, 40)
        self._namespace = asked or named
        self._upstreams = Upstreams(self.api, self._namespace, self.wishes.base_uri)

    def imported(self) -> Imported:
        """Write the document."""
        upstreams = self._upstreams.upstreams()
        calls = list(self._calls(upstreams))
        # What can't be called is missed by nobody who names what is called.
        others = () if self.wishes.shared else self.api.remarks
        general = (*others, *self._upstreams.remarks)
        root = Block()
        root.put("naftiko", "1.0.0-alpha2", *self._head(general))
        root.put("info", self._info())
        root.put("binds", self._binds(upstreams))
        root.put("capability", self._capability(upstreams, calls))
        remarks = {call.name: tuple(_remarks(call)) for call in calls}
        return Imported(yaml_text(root), general, remarks)

    def _calls(self, upstreams: Sequence[Upstream]) -> Iterator[_Call]:
        operations = [each for one in upstreams for each in one.operations]
        size = 0
        names = operation_names(operations, self.wishes.names)
        for upstream in upstreams:
            for operation in upstream.operations:
                name = names[operation.method, operation.path]
                bindings = self.wishes.bindings
                made = request(operation, upstream.credential, bindings)
                size += len(operation.description) + made.size
                if size > LARGEST:
                    raise TooLargeError
                yield _Call(name, upstream, operation, made)

    def _head(self, remarks: Sequence[Remark]) -> Iterator[str]:
        yield f"Imported from {self.wishes.source} by naftiko-gen."
        for remark in remarks:
            yield _capital(remark.text)

    def _info(self) -> Block:
        about = Block().put("label", self._label)
        about.put("description", self.api.description or sentence(self._label))
        about.put("tags", list(dict.fromkeys(self.api.tags)))
        return about.put("version", self.api.version, MEANT)

    def _binds(self, upstreams: Sequence[Upstream]) -> list[Value]:
        keys = Block()
        known = set()
        for upstream in upstreams:
            held = upstream.credential.variables if upstream.credential else ()
            for name, meaning in (*upstream.base.variables, *held):
                if name not in known:
                    keys.put(name, name, _capital(meaning))
                    known.add(name)
        for binding in self.wishes.bindings:
            if binding.variable not in known:
                about = f"The parameter {shown(binding.parameter)}."
                keys.put(binding.variable, binding.variable, about)
                known.add(binding.variable)
        if not keys.entries:
            return []
        return [Block().put("namespace", "env").put("keys", keys)]

    def _capability(
        self, upstreams: Sequence[Upstream], calls: Sequence[_Call]
    ) -> Block:
        consumes: list[Value] = [
            self._consumes(each, [call for call in calls if call.upstream is each])
            for each in upstreams
        ]
        block = Block().put("consumes", consumes)
        is_exposing = calls and not self.wishes.shared
        return block.put("exposes", self._exposes(calls) if is_exposing else None)

    def _exposes(self, calls: Sequence[_Call]) -> list[Value]:
        return [self._rest(calls), self._mcp(calls)]

    # --- consumes ---

    def _consumes(self, upstream: Upstream, calls: Sequence[_Call]) -> Block:
        block = Block().put("type", "http").put("namespace", upstream.namespace)
        block.put("description", self._label)
        block.put("baseUri", upstream.base.uri, *upstream.base.comments)
        held = upstream.credential
        if held is not None:
            fixed: list[Value] = [
                Block()
                .put("name", each.name)
                .put("in", each.place.value)
                .put("value", each.value)
                for each in held.fixed
            ]
            block.put("inputParameters", fixed)
            block.put("authentication", held.authentication, *held.comments)
        grouped = _grouped(calls, lambda call: call.request.path)
        names = _resource_names(list(grouped))
        resources: list[Value] = []
        for path, found in grouped.items():
            made = Block().put("name", names[path]).put("path", path)
            declared: list[Value] = [
                _consumed(each, self.wishes.shared) for each in found
            ]
            resources.append(made.put("operations", declared))
        return block.put("resources", resources)

    # --- exposes ---

    def _rest(self, calls: Sequence[_Call]) -> Block:
        namespace = f"{self._namespace}-rest"
        block = Block().put("type", "rest").put("namespace", namespace)
        block.put("address", _ADDRESS).put("port", _REST_PORT)
        resources: list[Value] = []
        grouped = _grouped(_routed(calls), lambda call: call.request.route)
        names = _resource_names(list(grouped))
        for route in literal_first(list(grouped), template_of):
            held = grouped[route]
            operations: list[Value] = [_route(call, namespace) for call in held]
            made = Block().put("name", names[route]).put("path", route)
            resources.append(made.put("operations", operations))
        return block.put("resources", resources)

    def _mcp(self, calls: Sequence[_Call]) -> Block:
        namespace = f"{self._namespace}-mcp"
        block = Block().put("type", "mcp").put("namespace", namespace)
        block.put("transport", "http").put("address", _ADDRESS)
        block.put("port", _MCP_PORT).put("description", self._label)
        tools: list[Value] = [_tool(call, namespace) for call in calls]
        return block.put("tools", tools)


def _consumed(call: _Call, typed: bool) -> Block:
    operation, made = call.operation, call.request
    comments = tuple(_capital(remark.text) for remark in _all(call))
    block = Block(comments=comments).put("name", call.name)
    block.put("label", call.label)
    block.put("method", operation.method).put("description", call.description)
    inputs: list[Value] = [_parameter(each, typed) for each in made.inputs]
    inputs += [
        Block()
        .put("name", each.name)
        .put("in", each.place.value)
        .put("value", each.value)
        for each in made.constants
    ]
    block.put("inputParameters", inputs).put("body", made.body)
    block.put("outputRawFormat", made.raw_format)
    outputs: list[Value] = [
        Block().put("name", each.name).put("type", each.kind).put("value", each.value)
        for each in made.outputs
    ]
    return block.put("outputParameters", outputs)


def _parameter(given: Input, typed: bool) -> Block:
    block = Block().put("name", given.wire).put("in", given.place)
    if typed:
        block.put("type", given.kind, MEANT).put("required", given.required)
        block.put("description", given.description)
    return block


def _route(call: _Call, namespace: str) -> Block:
    # The description is that of the operation, which need not stand here as well.
    block = Block().put("name", call.name).put("method", call.operation.method)
    inputs: list[Value] = [
        Block()
        .put("name", each.name)
        .put("in", each.place)
        .put("type", each.kind)
        .put("description", each.description)
        for each in call.request.inputs
    ]
    block.put("inputParameters", inputs).put("call", call.target)
    return block.put("with", _with(call, namespace))


def _tool(call: _Call, namespace: str) -> Block:
    read_only, destructive, idempotent = _HINTS[call.operation.method]
    hints = Block().put("readOnly", read_only).put("destructive", destructive)
    block = Block().put("name", call.name)
    block.put("label", call.label)
    block.put("description", call.description)
    block.put("hints", hints.put("idempotent", idempotent))
    inputs: list[Value] = [
        Block()
        .put("name", each.name)
        .put("type", each.kind)
        .put("required", each.required)
        .put("description", each.description)
        for each in call.request.inputs
    ]
    block.put("inputParameters", inputs).put("call", call.target)
    return block.put("with", _with(call, namespace))


def _with(call: _Call, namespace: str) -> Block:
    """Return what feeds parameters whose name isn't the caller's."""
    block = Block()
    for each in call.request.inputs:
        if each.name != each.wire:
            block.put(each.wire, f"{namespace}.{each.name}")
    return block


def _routed(calls: Sequence[_Call]) -> list[_Call]:
    """Return the calls with a route each: one that is taken is extended by the name."""
    known: set[str] = set()
    routed = []
    for call in calls:
        route = call.request.route
        while key_of(call.operation.method, route) in known:
            route = f"{route.rstrip('/')}/{call.name}"
        known.add(key_of(call.operation.method, route))
        routed.append(replace(call, request=replace(call.request, route=route)))
    return routed


def _all(call: _Call) -> tuple[Remark, ...]:
    return (*call.operation.remarks, *call.request.remarks)


def _remarks(call: _Call) -> Iterator[Remark]:
    """Yield what an operation doesn't say, with its name."""
    title = f"{call.operation.method} {shown(call.operation.path)}"
    for remark in _all(call):
        yield replace(remark, text=f"{title}: {remark.text}")


def _resource_names(paths: Sequence[str]) -> Mapping[str, str]:
    """Return a name for each path: its words, or `root`."""
    wanted = [
        (path, kebab(path) if re.search(r"[A-Za-z0-9]", path) else "root")
        for path in sorted(paths)
    ]
    return distinct(wanted)


def _grouped(
    calls: Sequence[_Call], path: Callable[[_Call], str]
) -> dict[str, list[_Call]]:
    groups: dict[str, list[_Call]] = {}
    for call in calls:
        groups.setdefault(path(call), []).append(call)
    return groups


def _capital(text: str) -> str:
    return sentence(f"{text[:1].upper()}{text[1:]}")
