"""Write the capability that consumes an API."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.ir import DOCUMENT_PATH, Check
from naftiko_gen.openapi.prose import sentence
from naftiko_gen.openapi.read.api import Omission, doubled_ids
from naftiko_gen.openapi.write.additions import likely_credentials
from naftiko_gen.openapi.write.names import (
    LONGEST,
    distinct,
    kebab,
    short_name,
    title_name,
)
from naftiko_gen.openapi.write.requests import Request, make_request
from naftiko_gen.openapi.write.units import (
    BEHIND_PATH,
    METHODS,
    Call,
    capital,
    consumed_operation,
    fixed_parameter,
    function,
    function_route,
    function_tool,
    route,
    tool,
)
from naftiko_gen.openapi.write.upstreams import Upstreams
from naftiko_gen.resolve.exposed.names import humanise, literal_first, template_of
from naftiko_gen.syntax.pragmas import MEANT
from naftiko_gen.syntax.reader.events import CAPABILITY
from naftiko_gen.syntax.yaml_writer import Block, yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from naftiko_gen.ir import Effect
    from naftiko_gen.openapi.read.api import Api, Operation, Remark
    from naftiko_gen.openapi.write.additions import Binding
    from naftiko_gen.openapi.write.upstreams import Upstream
    from naftiko_gen.syntax.yaml_writer import Value

_VARIABLE = re.compile(r"\{[^{}]*\}")
_ADDRESS = "localhost"
_LONGEST_GROUP = 40
_REST_PORT = 8080
_MCP_PORT = 9090

Kind = Literal["rest", "mcp"]
"""A kind of adapter."""
Place = tuple[str, str]
"""The method and the path of an operation."""
NamesByPlace = dict[Place, str]
Names = dict[str, str]
"""The names of operations, by method and path."""


LARGEST = CAPABILITY.size
"""The size limit of the operations' texts, as a capability can't be larger."""


class TooLargeError(Exception):
    """A capability would be larger than the compiler accepts."""


@dataclass(frozen=True)
class Wishes:
    """The user's settings of an import.

    Attributes:
        source: The file's name, for the comment at the top of the capability.
        namespace: The upstream's namespace; by default derived from the API's title.
        base_uri: The address of the API; overrides the document's own.
        names: The operations that have names already.
        shared: Whether other specs import the capability. Then it exposes nothing, and
            its consumed parameters declare their types.
        bindings: The parameters that environment variables set.
        adapters: The kinds of adapters that expose the operations.
        by_tag: Whether each tag has adapters of its own.
        location: The path of the document, if the capability imports it instead of
            declaring its operations.
        check: How much of bodies is checked.
        authentication: The credential that the user chooses for an imported document.
    """

    source: str
    namespace: str | None = None
    base_uri: str | None = None
    names: Names = field(default_factory=dict)
    shared: bool = False
    bindings: tuple[Binding, ...] = ()
    adapters: tuple[Kind, ...] = ("rest", "mcp")
    by_tag: bool = False
    location: str | None = None
    check: Check = Check.STRICT
    authentication: str | None = None
    has_functions: bool = True
    """Whether routes and tools share functions, if there are both."""
    called: NamesByPlace = field(default_factory=dict)
    """The names by which the operations of an imported document are called."""
    surface: str | None = None
    """How MCP servers list their tools, if the user says it."""
    effects: Mapping[Place, Effect] = field(default_factory=dict)
    """The effects of operations that the user says, by method and path."""


@dataclass(frozen=True)
class ImportedSpec:
    """A capability's text, and remarks about the parts that it doesn't express.

    Attributes:
        remarks: The remarks about the API as a whole.
        operations: The remarks about each operation, by its name.
    """

    text: str
    remarks: tuple[Remark, ...]
    operations: Mapping[str, tuple[Remark, ...]]
    omitted: tuple[Omission, ...] = ()
    """The operations that it doesn't have."""

    def remarks_of(self, names: Collection[str]) -> Iterator[Remark]:
        """Yield the remarks about some operations, in the document's order."""
        for name, remarks in self.operations.items():
            if name in names:
                yield from remarks


def key_of(method: str, path: str) -> str:
    """Return the key of an operation: method and path, without names of variables."""
    bare = path.replace("{{", "{").replace("}}", "}").removeprefix("/")
    return f"{method} /{_VARIABLE.sub('{}', bare)}"


def original_path(path: str, label: str | None) -> str:
    """Return the path of a document from that of a consumed resource, and its label.

    Operations can differ only in the query or fragment of their path. The label of
    such a resource is the path in the document.
    """
    bare = BEHIND_PATH.split(label or "")[0]
    return label if label and key_of("", bare) == key_of("", path) else path


def operation_names(operations: Sequence[Operation], earlier: Names) -> NamesByPlace:
    """Return the names of operations, by method and path.

    They are derived from the ids, else from method and path. Names that are equal only
    because they are short have more words. If two operations would still get the same
    name, one with an id takes precedence, then the one whose id sorts first. Names in
    `earlier`, by `key_of`, stay, unless several operations match.
    """
    keys = {item.title: key_of(item.method, item.path) for item in operations}
    counts = Counter(key_of(item.method, item.path) for item in operations)
    reserved = {
        title: earlier[key]
        for title, key in keys.items()
        if key in earlier and counts[key] == 1
    }
    in_order = sorted(operations, key=_rank)
    short_names = [short_name(item.telling_id) for item in in_order]
    sharers = Counter(short_names)
    pairs = [
        (
            item.title,
            name if sharers[name] == 1 else short_name(item.telling_id, LONGEST),
        )
        for item, name in zip(in_order, short_names, strict=True)
    ]
    names = distinct(pairs, reserved)
    return {(item.method, item.path): names[item.title] for item in operations}


def _rank(operation: Operation) -> tuple[bool, str, str, str]:
    has_none = operation.id is None
    return has_none, operation.id or "", operation.method, operation.path


def named_operations(api: Api, wishes: Wishes) -> Iterator[tuple[str, Operation]]:
    """Yield the operations of a capability with the names of their tools.

    Raises:
        TooLargeError: The capability would be larger than a capability can be.
    """
    return ((call.name, call.operation) for call in _Writer(api, wishes).calls())


def capability(api: Api, wishes: Wishes) -> ImportedSpec:
    """Return the capability that consumes an API and exposes all of it.

    Raises:
        TooLargeError: It would be larger than a capability can be.
    """
    return _Writer(api, wishes).write()


@dataclass(frozen=True)
class _Group:
    """The calls that an adapter of each kind exposes."""

    name: str
    label: str
    calls: Sequence[Call]


@dataclass
class _Writer:
    api: Api
    wishes: Wishes

    def __post_init__(self) -> None:
        self._label = self.api.title or humanise(self.wishes.source.partition(".")[0])
        own_name = title_name(self._label, 40) or kebab(self.wishes.source, 40)
        self._namespace = self.wishes.namespace or own_name
        self._grouping = Upstreams(self.api, self._namespace, self.wishes.base_uri)
        self._upstreams = self._grouping.upstreams()
        self._omitted: list[Omission] = []

    def write(self) -> ImportedSpec:
        """Write the capability."""
        calls = list(self.calls())
        used_namespaces = {call.upstream.namespace for call in calls}
        self._upstreams = [
            item for item in self._upstreams if item.namespace in used_namespaces
        ]
        omissions = (*self.api.omitted, *self._grouping.omitted, *self._omitted)
        general = (
            *(item.remark for item in omissions),
            *self.api.remarks,
            *doubled_ids(self.api.operations),
            *likely_credentials(self.api, self.wishes.bindings),
        )
        if self.wishes.shared:
            # A spec that imports single operations doesn't miss the others.
            omissions = general = ()
        general = (*general, *self._grouping.remarks)
        head = f"Imported from {self.wishes.source} by naftiko-gen."
        comments = (head, *(capital(remark.text) for remark in general))
        root = Block().put("naftiko", "1.0.0-alpha2", *comments)
        root.put("info", self._info(calls)).put("binds", self._binds())
        root.put("capability", self._capability(calls))
        remarks = {call.name: tuple(_remarks(call)) for call in calls}
        return ImportedSpec(yaml_text(root), general, remarks, omissions)

    def calls(self) -> Iterator[Call]:
        """Yield the calls of the operations."""
        upstreams, size = self._upstreams, 0
        operations = [item for upstream in upstreams for item in upstream.operations]
        names = operation_names(operations, self.wishes.names)
        for upstream in upstreams:
            for operation in upstream.operations:
                name = names[operation.method, operation.path]
                bindings = self.wishes.bindings
                plain = make_request(operation, upstream.credential, bindings)
                if plain.body_problem and not self.wishes.shared:
                    self._omit(operation, plain.body_problem)
                    continue
                request = self._adapt(plain)
                size += len(operation.description) + request.size
                if size > LARGEST:
                    raise TooLargeError
                target = f"{upstream.namespace}.{name}"
                call = Call(name, target, upstream, operation, request)
                place = operation.method, operation.path
                call = replace(call, chosen_effect=self.wishes.effects.get(place))
                yield self._referring(call, plain) if self.wishes.location else call

    def _omit(self, operation: Operation, why: str) -> None:
        """Leave out an operation whose call would do less than its client asks."""
        method, path, tags = operation.method, operation.path, operation.tags
        reason = f"has a body that can't be sent: {why}"
        self._omitted.append(Omission(method, path, tags, reason, operation.span))

    def _referring(self, call: Call, plain: Request) -> Call:
        """Return a call of an operation as the document has it."""
        place = call.operation.method, call.operation.path
        return replace(
            call,
            target=f"{self._namespace}.{self.wishes.called.get(place, call.name)}",
            is_default=call.request.inputs == plain.inputs,
            constants=call.request.constants[len(plain.constants) :],
            can_infer=True,
        )

    def _adapt(self, request: Request) -> Request:
        """Return a request as clients make it; a shared one has no clients."""
        if self.wishes.shared:
            return request
        return request.with_usual_headers().with_check(self.wishes.check)

    def _info(self, calls: Sequence[Call]) -> Block:
        about = Block().put("label", self._label)
        about.put("description", self.api.description or sentence(self._label))
        used_tags = {tag for call in calls for tag in call.operation.tags}
        about.put("tags", [tag for tag in self.api.tags if tag in used_tags])
        about.put("version", self.api.version, MEANT)
        return about.put("website", self.api.website, MEANT)

    def _binds(self) -> list[Value]:
        keys, defaults, choices = Block(), Block(), Block()
        for name, meaning in self._variables().items():
            keys.put(name, name, meaning)
        if not keys.entries:
            return []
        bases = [upstream.base for upstream in self._upstreams]
        settings = [(item.name, item) for base in bases for item in base.settings]
        for name, setting in dict(settings).items():
            defaults.put(name, setting.default)
            choices.put(name, list(setting.choices))
        block = Block().put("namespace", "env").put("keys", keys)
        block.put("defaults", defaults, MEANT)
        # The comment above the first of the two keys is for both.
        block.put("choices", choices, *(() if defaults.entries else (MEANT,)))
        return [block]

    def _variables(self) -> dict[str, str]:
        """Return the environment variables with their meanings."""
        meanings: dict[str, str] = {}
        for upstream in self._upstreams:
            secrets = upstream.credential.variables if upstream.credential else ()
            own = ((item.name, item.meaning) for item in upstream.base.settings)
            for name, meaning in (*own, *secrets):
                meanings.setdefault(name, capital(meaning))
        for binding in self.wishes.bindings:
            about = f"The parameter {quote(binding.parameter)}."
            meanings.setdefault(binding.variable, about)
        return meanings

    def _capability(self, calls: Sequence[Call]) -> Block:
        block = Block().put("consumes", self._consumes(calls))
        if self._has_functions:
            block.put("aggregates", self._aggregates(calls))
        is_exposing = calls and not self.wishes.shared
        return block.put("exposes", self._exposes(calls) if is_exposing else None)

    @property
    def _has_functions(self) -> bool:
        """Whether functions have the inputs that routes and tools would repeat."""
        is_exposing = not (self.wishes.shared or self.wishes.location)
        has_both = len(self.wishes.adapters) > 1
        return self.wishes.has_functions and is_exposing and has_both

    @property
    def _functions_namespace(self) -> str:
        return f"{self._namespace}-functions"

    def _aggregates(self, calls: Sequence[Call]) -> list[Value]:
        namespace = self._functions_namespace
        block = Block().put("label", self._label).put("namespace", namespace)
        functions: list[Value] = [function(call, namespace) for call in calls]
        return [block.put("functions", functions)] if functions else []

    def _exposes(self, calls: Sequence[Call]) -> list[Value]:
        groups = list(self._groups(calls))
        adapters: list[Value] = []
        if "rest" in self.wishes.adapters:
            adapters += [self._rest(group, n) for n, group in enumerate(groups)]
        if "mcp" in self.wishes.adapters:
            adapters += [self._mcp(group, n) for n, group in enumerate(groups)]
        return adapters

    def _groups(self, calls: Sequence[Call]) -> Iterator[_Group]:
        """Yield the calls of each pair of adapters, and the name of those."""
        if not self.wishes.by_tag:
            yield _Group(self._namespace, self._label, calls)
            return
        by_tag = _group(calls, lambda call: call.operation.group)
        names = distinct([(tag, kebab(tag, _LONGEST_GROUP)) for tag in sorted(by_tag)])
        for tag, members in by_tag.items():
            yield _Group(names[tag], f"{self._label}: {tag}", members)

    # --- consumes ---

    def _consumes(self, calls: Sequence[Call]) -> list[Value]:
        if location := self.wishes.location:
            entry = Block().put("openapi", self._namespace)
            entry.put("location", location, MEANT)
            return [entry.put("authentication", self.wishes.authentication)]
        return [
            self._upstream(item, [call for call in calls if call.upstream is item])
            for item in self._upstreams
        ]

    def _upstream(self, upstream: Upstream, calls: Sequence[Call]) -> Block:
        block = Block().put("type", "http").put("namespace", upstream.namespace)
        block.put("description", self._label)
        block.put("baseUri", upstream.base.uri, *upstream.base.comments)
        if upstream.credential is not None:
            credential = upstream.credential
            fixed_inputs: list[Value] = [*map(fixed_parameter, credential.fixed)]
            block.put("inputParameters", fixed_inputs)
            block.put("authentication", credential.authentication, *credential.comments)
        return block.put("resources", list(self._resources(calls)))

    def _resources(self, calls: Sequence[Call]) -> Iterator[Value]:
        by_path = _group(calls, lambda call: call.original_path or call.request.path)
        names = _resource_names(list(by_path))
        for path, path_calls in by_path.items():
            first = path_calls[0]
            resource = Block().put("name", names[path])
            resource.put("label", first.original_path).put("path", first.request.path)
            operations: list[Value] = [
                consumed_operation(
                    call,
                    is_typed=self.wishes.shared,
                    has_texts=not self._has_functions,
                )
                for call in path_calls
            ]
            yield resource.put("operations", operations)

    # --- exposes ---

    def _rest(self, group: _Group, number: int) -> Block:
        namespace = f"{group.name}-rest"
        block = Block().put("type", "rest").put("namespace", namespace)
        block.put("address", _ADDRESS).put("port", _REST_PORT + number)
        resources: list[Value] = []
        by_route = _group(_with_routes(group.calls), lambda call: call.request.route)
        names = _resource_names(list(by_route))
        for path in literal_first(list(by_route), template_of):
            operations = [self._route(call, namespace) for call in by_route[path]]
            resource = Block().put("name", names[path]).put("path", path)
            resources.append(resource.put("operations", operations))
        return block.put("resources", resources)

    def _mcp(self, group: _Group, number: int) -> Block:
        namespace = f"{group.name}-mcp"
        block = Block().put("type", "mcp").put("namespace", namespace)
        block.put("transport", "http").put("address", _ADDRESS)
        block.put("port", _MCP_PORT + number).put("description", group.label)
        block.put("surface", self.wishes.surface, MEANT)
        groups = Block()
        for name in dict.fromkeys(call.operation.group for call in group.calls):
            groups.put(name, self.api.tags.get(name) or None)
        block.put("groups", groups, MEANT)
        tools: list[Value] = [self._tool(call, namespace) for call in group.calls]
        return block.put("tools", tools)

    def _route(self, call: Call, namespace: str) -> Block:
        if self._has_functions:
            return function_route(call, f"{self._functions_namespace}.{call.name}")
        return route(call, namespace)

    def _tool(self, call: Call, namespace: str) -> Block:
        if self._has_functions:
            return function_tool(call, f"{self._functions_namespace}.{call.name}")
        return tool(call, namespace)


def _with_routes(calls: Sequence[Call]) -> list[Call]:
    """Give each call a route of its own, with its name appended to a taken one."""
    keys = {key_of(method, DOCUMENT_PATH) for method in METHODS}
    calls_with_routes = []
    for call in calls:
        route = call.request.route
        while key_of(call.operation.method, route) in keys:
            route = f"{route.rstrip('/')}/{call.name}"
        keys.add(key_of(call.operation.method, route))
        calls_with_routes.append(
            replace(call, request=replace(call.request, route=route))
        )
    return calls_with_routes


def _remarks(call: Call) -> Iterator[Remark]:
    """Yield the remarks about an operation, with its method and path."""
    title = f"{call.operation.method} {quote(call.operation.path)}"
    for remark in call.remarks:
        yield replace(remark, text=f"{title}: {remark.text}")


def _resource_names(paths: Sequence[str]) -> Mapping[str, str]:
    """Return a name for each path: its words, or `root`."""
    pairs = [
        (path, kebab(path) if re.search(r"[A-Za-z0-9]", path) else "root")
        for path in sorted(paths)
    ]
    return distinct(pairs)


def _group(calls: Sequence[Call], path: Callable[[Call], str]) -> dict[str, list[Call]]:
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(path(call), []).append(call)
    return groups
