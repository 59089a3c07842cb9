"""A simple reader of published documents, independent of the compiler.

It shares no code with the compiler, so that neither repeats a mistake of the other.
It raises `UnreadError` for parts whose meaning isn't sure.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from answers import expected_answer
from consumed import OF_HTTP, WRITES, Input, Operation, input_of, join_paths, upstreams
from consumed import operations as consumed_by
from consumed import parameters as declared_by
from credentials import headers as credential_headers
from credentials import secrets
from endings import Call, ending
from plain_yaml import TEMPLATE, Node, UnreadError, canon, load, names_in, variables_of
from variables import Variables

BODILESS = ("GET", "HEAD")
PLACES = ("path", "query", "header", "body")
REFERENCE = re.compile(r"(rest|tools)\.(.+)")
IN_URL = re.compile(r"\{\{([^{}]+)\}\}|\$\{([^{}]+)\}|\{([^{}]+)\}")
TYPES = {
    "bytes": "application/octet-stream",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain",
}


@dataclass(frozen=True)
class Expected:
    """A request that the upstream should see; `headers` are patterns."""

    method: str
    url: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    media_type: str
    body: Any
    credential: Node
    answer: Any
    """The response to the client."""


@dataclass
class Exchange:
    """A request of a client, and the expected request to the upstream."""

    adapter: str
    unit: str
    path: str = ""
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    is_raw: bool = False
    """Whether the body is text or bytes instead of JSON."""
    arguments: Node = field(default_factory=dict)
    expected: Expected | None = None
    unread: str | None = None

    @property
    def is_route(self) -> bool:
        return " " in self.unit


class Reader:
    """One document: its operations, and its variables.

    `chosen` are values of variables, by the keys of credentials that name them;
    `answer` is the document in the upstream's responses.
    """

    def __init__(self, path: Path, answer: Any, choices: Mapping[str, str]) -> None:
        document = load(path)
        self.capability: Node = document["capability"]
        self.variables = Variables()
        self.variables.bind(document)
        self.answer = answer
        self.operations: dict[tuple[str, str], Operation] = {}
        for upstream in upstreams(document, path, self.variables):
            for operation in consumed_by(upstream, self.variables):
                key = (operation.namespace, operation.name)
                self.operations.setdefault(key, operation)
                self._choose(operation, choices)
                self.base(operation)
        self._declare_placed()
        for name in filter(self.variables.has, names_in(document)):
            self.variables.value(name)

    def exchanges(self) -> Iterator[Exchange]:
        for adapter in self.capability["exposes"]:
            match adapter["type"]:
                case "rest":
                    yield from self._routes(adapter)
                case "mcp":
                    yield from self._tools(adapter)
                case _:
                    pass

    def listening(self) -> list[str]:
        """Return the adapters that listen."""
        return [a["namespace"] for a in self.capability["exposes"] if _listens(a)]

    def bases(self) -> list[SplitResult]:
        """Return the addresses of all upstreams."""
        return [urlsplit(self.base(o)) for o in self.operations.values()]

    def base(self, operation: Operation) -> str:
        """Return the address of an operation's upstream."""
        prefix = _variable_name(operation.namespace)
        secret = dict(self._secrets(operation, "path"))

        def replacement(match: re.Match[str]) -> str:
            template, dollar, setting = match.groups()
            is_base = match.start() == 0
            if setting in secret:
                return secret[setting]
            if setting and not self.variables.binds(setting):
                name = f"{prefix}_{_variable_name(setting)}"
                return self.variables.setting(name, is_base=is_base)
            return self.variables.value(template or dollar or setting, is_base=is_base)

        base = IN_URL.sub(replacement, operation.base)
        return f"https:{base}" if base.startswith("//") else base

    def _choose(self, operation: Operation, choice: Mapping[str, str]) -> None:
        for name in choice.keys() & operation.authentication.keys():
            self.variables.choose(operation.authentication[name], choice[name])

    def _declare_placed(self) -> None:
        """Add parameters that only inputs declare, with a place outside the body."""
        for unit in self._units():
            for parameter in declared_by(unit):
                name, place = _target(parameter), _said_place(parameter)
                operation = self._find_operation(unit["call"]) if place else None
                if operation and place and not _match_input(name, operation.inputs):
                    in_path = place == "path"
                    kind = "string" if in_path else parameter.get("type") or "string"
                    operation.inputs[name] = Input(name, place, kind, in_path)
                    operation.orphans += [name] if in_path else []

    # Exposed routes and tools

    def _routes(self, adapter: Node) -> Iterator[Exchange]:
        keys: set[tuple[str, str]] = set()
        for resource in adapter.get("resources") or []:
            for unit in resource.get("operations") or []:
                route = _route(join_paths(resource, unit.get("path")))
                key = (unit["method"], re.sub(r"\{[^}]*\}", "{}", route))
                if key in keys:
                    route = f"{route.rstrip('/')}/{unit['name']}"
                keys.add((unit["method"], re.sub(r"\{[^}]*\}", "{}", route)))
                exchange = Exchange(adapter["namespace"], f"{unit['method']} {route}")
                yield self._attempt(exchange, unit, route, unit["method"])

    def _tools(self, adapter: Node) -> Iterator[Exchange]:
        counts: dict[str, int] = {}
        for unit in adapter.get("tools") or []:
            counts[unit["name"]] = counts.get(unit["name"], 0) + 1
            again = counts[unit["name"]]
            name = unit["name"] if again == 1 else f"{unit['name']}-{again}"
            yield self._attempt(Exchange(adapter["namespace"], name), unit, None, "")

    def _attempt(
        self, exchange: Exchange, unit: Node, route: str | None, method: str
    ) -> Exchange:
        try:
            self._fill(exchange, unit, route, method)
        except UnreadError as why:
            exchange.unread = str(why)
        return exchange

    def _fill(
        self, exchange: Exchange, unit: Node, route: str | None, method: str
    ) -> None:
        operation = self._find_operation(unit["call"])
        inputs = self._inputs(operation, unit, route, method)
        kinds = {p["name"]: p.get("type") for p in declared_by(unit)}
        values: Node = {}
        arguments: Node = {}

        def value_of(source: Any, to: Input) -> Any:
            reference = _reference(source)
            if reference is None:
                return self._constant(source)
            if reference not in values:
                kind = "header" if to.place == "header" else kinds.get(reference)
                values[reference] = _value(kind or to.kind, len(values))
                _give(exchange, route, method, reference, to, values[reference])
            return values[reference]

        for name, source in _sources(unit, inputs).items():
            declaration = inputs[name]
            is_part = isinstance(source, dict | list)
            to = (
                replace(declaration, kind="string", whole=False)
                if is_part
                else declaration
            )
            arguments[name] = _map_leaves(source, partial(value_of, to=to))
        exchange.expected = self._expect(operation, inputs, arguments, unit)

    def _find_operation(self, call: str) -> Operation:
        for match in reversed(list(re.finditer(r"\.", call))):
            operation = self.operations.get(
                (call[: match.start()], call[match.end() :])
            )
            if operation:
                return operation
        operations = [
            o for (_, n), o in self.operations.items() if call.endswith(f".{n}")
        ]
        if len(operations) != 1:
            raise UnreadError("a call of something that isn't there")
        return operations[0]

    def _calls(self, operation: Operation) -> Iterator[Call]:
        """Yield the routes that call an operation."""
        for adapter in self.capability["exposes"]:
            for resource in adapter.get("resources") or []:
                for unit in resource.get("operations") or []:
                    if self._find_operation(unit["call"]) is operation:
                        pairs = (unit.get("with") or {}).items()
                        arguments = {
                            key: _bare(_reference(v) or "") for key, v in pairs
                        }
                        yield _route(join_paths(resource, unit.get("path"))), arguments

    def _inputs(
        self, operation: Operation, unit: Node, route: str | None, method: str
    ) -> dict[str, Input]:
        """Return the inputs that a unit can pass, declared by the operation or not."""
        if operation.unread:
            raise UnreadError(operation.unread)
        inputs = dict(operation.inputs)
        names = [*(unit.get("with") or {}), *map(_target, declared_by(unit))]
        of_unit = [name for name in names if name.lower() not in OF_HTTP]
        new_names = [name for name in of_unit if not _match_input(name, inputs)]
        bodiless = route is not None and method not in WRITES
        if operation.undescribed and (new_names or bodiless):
            inputs = {n: p for n, p in inputs.items() if not p.whole}
        place = "body" if operation.method in WRITES else "query"
        kinds = self._declared_kinds(operation)
        return inputs | {
            name: Input(
                name,
                self._usual_place(operation, name) or place,
                kinds.get(name, "string"),
                False,
            )
            for name in new_names
        }

    def _usual_place(self, operation: Operation, name: str) -> str | None:
        """Return the only place outside of bodies where the namespace has a name."""
        places = {
            other.inputs[name].place
            for other in self.operations.values()
            if other.namespace == operation.namespace
            and name in other.inputs
            and not other.inputs[name].undeclared
        }
        return next(iter(places)) if places in ({"query"}, {"header"}) else None

    def _declared_kinds(self, operation: Operation) -> dict[str, str]:
        """Return the types of the inputs that feed undeclared parameters."""
        kinds: dict[str, str] = {}
        for unit in self._units():
            if self._find_operation(unit["call"]) is operation:
                own = {p["name"]: p.get("type") for p in declared_by(unit)}
                for name, source in (unit.get("with") or {}).items():
                    kind = own.get(_reference(source) or "")
                    kinds.update({name: kind} if kind else {})
        return kinds

    def _units(self) -> Iterator[Node]:
        for adapter in self.capability["exposes"]:
            yield from adapter.get("tools") or []
            for resource in adapter.get("resources") or []:
                yield from resource.get("operations") or []

    # Requests to the upstream

    def _expect(
        self,
        operation: Operation,
        inputs: dict[str, Input],
        arguments: Node,
        unit: Node,
    ) -> Expected:
        headers = credential_headers(operation.authentication, self.variables.fill)
        query = [(k, self._text_of(v, arguments)) for k, v in operation.constants]
        members: Node = {}
        values = [
            (inputs[name].place, name, value)
            for name, value in arguments.items()
            if not inputs[name].undeclared
        ]
        constants = operation.fixed.items()
        parts = (
            (place, n, self._fill_structure(value, arguments))
            for n, (place, value) in constants
        )
        for place, name, value in [*values, *(f for f in parts if f[2] is not None)]:
            match place:
                case "query":
                    query += _pairs(name, value)
                case "header":
                    headers[name.lower()] = re.escape(_text(value))
                case "body" if name in inputs and inputs[name].whole:
                    members = value
                case "body":
                    members[name] = value
                case _:
                    pass
        # A declared body is sent, even if all its members are absent.
        has_body = any(place == "body" for place, _ in operation.fixed.values())
        body = self._body(
            operation, members if members or has_body else None, arguments
        )
        return Expected(
            method=operation.method,
            url=self.base(operation) + self._path(operation, arguments),
            query=[*query, *self._secrets(operation, "query")],
            headers=headers,
            media_type=TYPES.get(operation.body or "json", "application/json"),
            body=body,
            credential=operation.authentication,
            answer=expected_answer(unit.get("outputParameters"), self.answer),
        )

    def _path(self, operation: Operation, arguments: Node) -> str:
        path, orphans = operation.path, operation.orphans
        if orphans:
            path = path.rstrip("/") + ending(path, orphans, self._calls(operation))
        return IN_URL.sub(lambda match: self._segment(match, arguments), path)

    def _segment(self, match: re.Match[str], arguments: Node) -> str:
        name = next(filter(None, match.groups()))
        if name in arguments:
            return quote(_text(arguments[name]), safe="")
        if self.variables.has(name):
            return quote(self.variables.value(name), safe="")
        raise UnreadError(f"a path variable without a value: {name}")

    def _body(self, operation: Operation, members: Any, arguments: Node) -> Any:
        """Return JSON's value, a form's pairs, or the text or bytes that are sent."""
        body = members
        is_form = operation.body == "form"
        if operation.template is not None:
            body = self._fill_structure(operation.template, arguments)
            if is_form:
                names = {input_of(name) for name in names_in(operation.template)}
                rest = (members or {}).items()
                body = {**body, **{k: v for k, v in rest if k not in names}}
        credential = self._secrets(operation, "body")
        body = {**(body or {}), **dict(credential)} if credential else body
        if is_form:
            return [item for pair in (body or {}).items() for item in _pairs(*pair)]
        return body

    def _secrets(self, operation: Operation, place: str) -> list[tuple[str, str]]:
        """Return the names and values that a credential adds in a place."""
        secret_fields = secrets(operation.authentication)
        there = [secret for secret in secret_fields if secret.place == place]
        return [(secret.name, self.variables.fill(secret.text)) for secret in there]

    def _constant(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("env."):
            return self.variables.value(value)
        return self.variables.fill(value)

    def _fill_structure(self, value: Any, arguments: Node) -> Any:
        """Fill a structure; a key whose whole value is an absent input is left out."""
        match value:
            case dict():
                members = {
                    k: self._fill_structure(v, arguments) for k, v in value.items()
                }
                return {k: v for k, v in members.items() if v is not None}
            case list():
                items = [self._fill_structure(v, arguments) for v in value]
                return [v for v in items if v is not None]
            case str():
                return self._filled_text(value, arguments)
            case _:
                return value

    def _filled_text(self, value: str, arguments: Node) -> Any:
        match = TEMPLATE.fullmatch(value)
        if match:
            return self._argument(match[1], arguments)
        return self._text_of(value, arguments)

    def _text_of(self, value: str, arguments: Node) -> str:
        return TEMPLATE.sub(lambda m: _text(self._argument(m[1], arguments)), value)

    def _argument(self, name: str, arguments: Node) -> Any:
        if self.variables.has(name):
            return self.variables.value(name)
        return arguments.get(input_of(name))


def _listens(adapter: Node) -> bool:
    match adapter["type"]:
        case "rest":
            return True
        case "mcp":
            return adapter.get("transport") != "stdio"
        case _:
            return "port" in adapter


def _variable_name(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _route(path: str) -> str:
    path = TEMPLATE.sub(r"{\1}", path if path.startswith("/") else f"/{path}")
    path = re.sub(r"\?[^=/]*=?", "/", path)
    return path.replace("#", "/").replace("//", "/")


def _sources(unit: Node, inputs: dict[str, Input]) -> Node:
    """Return the source of each parameter's value."""
    arguments = unit.get("with") or {}
    names = {_target(p): p["name"] for p in declared_by(unit)}
    sources = {_match_input(key, inputs): source for key, source in arguments.items()}
    references = {_bare(r) for r in map(_reference, _leaves(arguments)) if r}
    for name, own in names.items():
        if own not in references:
            sources.setdefault(_match_input(name, inputs), f"rest.{own}")
    alone = not arguments and not names
    for name, parameter in inputs.items():
        if alone or parameter.required or parameter.undeclared:
            sources.setdefault(name, f"rest.{name}")
    return {name: source for name, source in sources.items() if name}


def _target(declaration: Node) -> str:
    """Return the parameter that a declared input feeds by default."""
    return str(declaration.get("mapping") or declaration["name"]).split(".")[-1]


def _said_place(declaration: Node) -> str | None:
    """Return the place of a mapping's target, None if it is the body."""
    mapping = str(declaration.get("mapping") or "").removeprefix("$.").partition(".")
    places = {"path": "path", "query": "query", "header": "header"}
    return places.get(mapping[0].removesuffix("s").removesuffix("Parameter"))


def _match_input(name: str, inputs: dict[str, Input]) -> str | None:
    """Return the input of a name, or the only input with a similar name."""
    if name in inputs:
        return name
    close = [candidate for candidate in inputs if canon(candidate) == canon(name)]
    return close[0] if len(close) == 1 else None


def _map_leaves(value: Any, leaf: Any) -> Any:
    match value:
        case dict():
            return {key: _map_leaves(part, leaf) for key, part in value.items()}
        case list():
            return [_map_leaves(part, leaf) for part in value]
        case _:
            return leaf(value)


def _leaves(value: Any) -> list[Any]:
    leaves: list[Any] = []
    _map_leaves(value, leaves.append)
    return leaves


def _reference(value: Any) -> str | None:
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return match[2] if match else None


def _split_place(name: str) -> tuple[str | None, str]:
    place, dot, rest = name.partition(".")
    return (place, rest) if dot and place in PLACES else (None, name)


def _bare(name: str) -> str:
    return _split_place(name)[1]


# --- values, and their places in requests of clients ---


def _give(
    exchange: Exchange,
    route: str | None,
    method: str,
    name: str,
    input_: Input,
    value: Any,
) -> None:
    """Put a value into its place in a client's request, or into the arguments."""
    if route is None:
        exchange.arguments[_bare(name)] = _encode(value)
        return
    place, bare = _split_place(name)
    exchange.path = exchange.path or route
    variable = next((v for v in variables_of(route) if canon(v) == canon(bare)), None)
    if variable is not None and place in (None, "path"):
        text = quote(_text(value), safe="")
        exchange.path = exchange.path.replace(f"{{{variable}}}", text)
        return
    match place or _place_of(input_, method):
        case "header":
            exchange.headers[bare] = _text(value)
        case "query":
            exchange.query += _pairs(bare, value)
        case "body" if input_.whole and place is None:
            exchange.body = value
            exchange.is_raw = input_.kind in ("text", "bytes")
        case "body":
            exchange.body = {**(exchange.body or {}), bare: _encode(value)}
        case unknown:
            raise UnreadError(f"an input in the {unknown}")


def _place_of(input_: Input, method: str) -> str:
    if input_.place == "body" and method in BODILESS:
        return "query"
    return "query" if input_.place == "path" else input_.place


def _value(kind: str, number: int) -> Any:
    """Return a value that no other input of a request has, except booleans."""
    match kind:
        case "integer":
            return 1000 + number
        case "number":
            return number + 0.5
        case "boolean":
            return True
        case "array":
            return [f"a{number}", f"b{number}"]
        case "header":
            return f"h{number}"
        case "object":
            return {"key": f"o{number}"}
        case "bytes":
            return b"\x00\xff%d" % number
        case _:
            return f"s {number}/ü&=?#%"


def _encode(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    items = value if isinstance(value, list) else [value]
    return [(name, _text(item)) for item in items]
