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

from answers import answered
from consumed import OF_HTTP, WRITES, Input, Operation, input_of, joined, upstreams
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

    def __init__(self, path: Path, answer: Any, chosen: Mapping[str, str]) -> None:
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
                self._choose(operation, chosen)
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
        prefix = _shouted(operation.namespace)
        secret = dict(self._secrets(operation, "path"))

        def filled(match: re.Match[str]) -> str:
            template, dollar, setting = match.groups()
            is_base = match.start() == 0
            if setting in secret:
                return secret[setting]
            if setting and not self.variables.binds(setting):
                name = f"{prefix}_{_shouted(setting)}"
                return self.variables.setting(name, is_base=is_base)
            return self.variables.value(template or dollar or setting, is_base=is_base)

        base = IN_URL.sub(filled, operation.base)
        return f"https:{base}" if base.startswith("//") else base

    def _choose(self, operation: Operation, chosen: Mapping[str, str]) -> None:
        for name in chosen.keys() & operation.authentication.keys():
            self.variables.choose(operation.authentication[name], chosen[name])

    def _declare_placed(self) -> None:
        """Add parameters that only inputs declare, with a place outside the body."""
        for unit in self._units():
            for parameter in declared_by(unit):
                name, place = _target(parameter), _said_place(parameter)
                operation = self._called(unit["call"]) if place else None
                if operation and place and not _meant(name, operation.inputs):
                    in_path = place == "path"
                    kind = "string" if in_path else parameter.get("type") or "string"
                    operation.inputs[name] = Input(name, place, kind, in_path)
                    operation.orphans += [name] if in_path else []

    # Exposed routes and tools

    def _routes(self, adapter: Node) -> Iterator[Exchange]:
        keys: set[tuple[str, str]] = set()
        for resource in adapter.get("resources") or []:
            for unit in resource.get("operations") or []:
                route = _route(joined(resource, unit.get("path")))
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
        operation = self._called(unit["call"])
        inputs = self._inputs(operation, unit, route, method)
        kinds = {p["name"]: p.get("type") for p in declared_by(unit)}
        values: Node = {}
        fed: Node = {}

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
            declared = inputs[name]
            is_part = isinstance(source, dict | list)
            to = replace(declared, kind="string", whole=False) if is_part else declared
            fed[name] = _mapped(source, partial(value_of, to=to))
        exchange.expected = self._expected(operation, inputs, fed, unit)

    def _called(self, call: str) -> Operation:
        for match in reversed(list(re.finditer(r"\.", call))):
            operation = self.operations.get(
                (call[: match.start()], call[match.end() :])
            )
            if operation:
                return operation
        named = [o for (_, n), o in self.operations.items() if call.endswith(f".{n}")]
        if len(named) != 1:
            raise UnreadError("a call of something that isn't there")
        return named[0]

    def _calls(self, operation: Operation) -> Iterator[Call]:
        """Yield the routes that call an operation."""
        for adapter in self.capability["exposes"]:
            for resource in adapter.get("resources") or []:
                for unit in resource.get("operations") or []:
                    if self._called(unit["call"]) is operation:
                        pairs = (unit.get("with") or {}).items()
                        fed = {key: _bare(_reference(v) or "") for key, v in pairs}
                        yield _route(joined(resource, unit.get("path"))), fed

    def _inputs(
        self, operation: Operation, unit: Node, route: str | None, method: str
    ) -> dict[str, Input]:
        """Return the inputs that a unit can pass, declared by the operation or not."""
        if operation.unread:
            raise UnreadError(operation.unread)
        inputs = dict(operation.inputs)
        named = [*(unit.get("with") or {}), *map(_target, declared_by(unit))]
        of_unit = [name for name in named if name.lower() not in OF_HTTP]
        added = [name for name in of_unit if not _meant(name, inputs)]
        bodiless = route is not None and method not in WRITES
        if operation.undescribed and (added or bodiless):
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
            for name in added
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
            if self._called(unit["call"]) is operation:
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

    def _expected(
        self, operation: Operation, inputs: dict[str, Input], fed: Node, unit: Node
    ) -> Expected:
        headers = credential_headers(operation.authentication, self.variables.filled)
        query = [(k, self._text_of(v, fed)) for k, v in operation.constants]
        members: Node = {}
        values = [
            (inputs[name].place, name, value)
            for name, value in fed.items()
            if not inputs[name].undeclared
        ]
        fixed = operation.fixed.items()
        filled = ((place, n, self._filled(value, fed)) for n, (place, value) in fixed)
        for place, name, value in [*values, *(f for f in filled if f[2] is not None)]:
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
        described = any(place == "body" for place, _ in operation.fixed.values())
        body = self._body(operation, members if members or described else None, fed)
        return Expected(
            method=operation.method,
            url=self.base(operation) + self._path(operation, fed),
            query=[*query, *self._secrets(operation, "query")],
            headers=headers,
            media_type=TYPES.get(operation.body or "json", "application/json"),
            body=body,
            credential=operation.authentication,
            answer=answered(unit.get("outputParameters"), self.answer),
        )

    def _path(self, operation: Operation, fed: Node) -> str:
        path, orphans = operation.path, operation.orphans
        if orphans:
            path = path.rstrip("/") + ending(path, orphans, self._calls(operation))
        return IN_URL.sub(lambda match: self._segment(match, fed), path)

    def _segment(self, match: re.Match[str], fed: Node) -> str:
        name = next(filter(None, match.groups()))
        if name in fed:
            return quote(_text(fed[name]), safe="")
        if self.variables.has(name):
            return quote(self.variables.value(name), safe="")
        raise UnreadError(f"a path variable without a value: {name}")

    def _body(self, operation: Operation, members: Any, fed: Node) -> Any:
        """Return JSON's value, a form's pairs, or the text or bytes that are sent."""
        body = members
        is_form = operation.body == "form"
        if operation.template is not None:
            body = self._filled(operation.template, fed)
            if is_form:
                used = {input_of(name) for name in names_in(operation.template)}
                rest = (members or {}).items()
                body = {**body, **{k: v for k, v in rest if k not in used}}
        credential = self._secrets(operation, "body")
        body = {**(body or {}), **dict(credential)} if credential else body
        if is_form:
            return [item for pair in (body or {}).items() for item in _pairs(*pair)]
        return body

    def _secrets(self, operation: Operation, place: str) -> list[tuple[str, str]]:
        """Return the names and values that a credential adds in a place."""
        added = secrets(operation.authentication)
        there = [secret for secret in added if secret.place == place]
        return [(secret.name, self.variables.filled(secret.text)) for secret in there]

    def _constant(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("env."):
            return self.variables.value(value)
        return self.variables.filled(value)

    def _filled(self, value: Any, fed: Node) -> Any:
        """Fill a structure; a key whose whole value is an absent input is left out."""
        match value:
            case dict():
                filled = {k: self._filled(v, fed) for k, v in value.items()}
                return {k: v for k, v in filled.items() if v is not None}
            case list():
                items = [self._filled(v, fed) for v in value]
                return [v for v in items if v is not None]
            case str():
                return self._filled_text(value, fed)
            case _:
                return value

    def _filled_text(self, value: str, fed: Node) -> Any:
        match = TEMPLATE.fullmatch(value)
        if match:
            return self._named(match[1], fed)
        return self._text_of(value, fed)

    def _text_of(self, value: str, fed: Node) -> str:
        return TEMPLATE.sub(lambda m: _text(self._named(m[1], fed)), value)

    def _named(self, name: str, fed: Node) -> Any:
        if self.variables.has(name):
            return self.variables.value(name)
        return fed.get(input_of(name))


def _listens(adapter: Node) -> bool:
    match adapter["type"]:
        case "rest":
            return True
        case "mcp":
            return adapter.get("transport") != "stdio"
        case _:
            return "port" in adapter


def _shouted(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _route(path: str) -> str:
    path = TEMPLATE.sub(r"{\1}", path if path.startswith("/") else f"/{path}")
    path = re.sub(r"\?[^=/]*=?", "/", path)
    return path.replace("#", "/").replace("//", "/")


def _sources(unit: Node, inputs: dict[str, Input]) -> Node:
    """Return the source of each parameter's value."""
    arguments = unit.get("with") or {}
    declared = {_target(p): p["name"] for p in declared_by(unit)}
    sources = {_meant(key, inputs): source for key, source in arguments.items()}
    referred = {_bare(r) for r in map(_reference, _leaves(arguments)) if r}
    for name, own in declared.items():
        if own not in referred:
            sources.setdefault(_meant(name, inputs), f"rest.{own}")
    alone = not arguments and not declared
    for name, parameter in inputs.items():
        if alone or parameter.required or parameter.undeclared:
            sources.setdefault(name, f"rest.{name}")
    return {name: source for name, source in sources.items() if name}


def _target(declared: Node) -> str:
    """Return the parameter that a declared input feeds by default."""
    return str(declared.get("mapping") or declared["name"]).split(".")[-1]


def _said_place(declared: Node) -> str | None:
    """Return the place of a mapping's target, None if it is the body."""
    said = str(declared.get("mapping") or "").removeprefix("$.").partition(".")
    places = {"path": "path", "query": "query", "header": "header"}
    return places.get(said[0].removesuffix("s").removesuffix("Parameter"))


def _meant(name: str, inputs: dict[str, Input]) -> str | None:
    """Return the input of a name, or the only input with a similar name."""
    if name in inputs:
        return name
    close = [candidate for candidate in inputs if canon(candidate) == canon(name)]
    return close[0] if len(close) == 1 else None


def _mapped(value: Any, leaf: Any) -> Any:
    match value:
        case dict():
            return {key: _mapped(part, leaf) for key, part in value.items()}
        case list():
            return [_mapped(part, leaf) for part in value]
        case _:
            return leaf(value)


def _leaves(value: Any) -> list[Any]:
    leaves: list[Any] = []
    _mapped(value, leaves.append)
    return leaves


def _reference(value: Any) -> str | None:
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return match[2] if match else None


def _located(name: str) -> tuple[str | None, str]:
    place, dot, rest = name.partition(".")
    return (place, rest) if dot and place in PLACES else (None, name)


def _bare(name: str) -> str:
    return _located(name)[1]


# --- values, and their places in requests of clients ---


def _give(
    exchange: Exchange,
    route: str | None,
    method: str,
    name: str,
    fed: Input,
    value: Any,
) -> None:
    """Put a value into its place in a client's request, or into the arguments."""
    if route is None:
        exchange.arguments[_bare(name)] = _encoded(value)
        return
    place, bare = _located(name)
    exchange.path = exchange.path or route
    variable = next((v for v in variables_of(route) if canon(v) == canon(bare)), None)
    if variable is not None and place in (None, "path"):
        text = quote(_text(value), safe="")
        exchange.path = exchange.path.replace(f"{{{variable}}}", text)
        return
    match place or _place_of(fed, method):
        case "header":
            exchange.headers[bare] = _text(value)
        case "query":
            exchange.query += _pairs(bare, value)
        case "body" if fed.whole and place is None:
            exchange.body = value
            exchange.is_raw = fed.kind in ("text", "bytes")
        case "body":
            exchange.body = {**(exchange.body or {}), bare: _encoded(value)}
        case unknown:
            raise UnreadError(f"an input in the {unknown}")


def _place_of(fed: Input, method: str) -> str:
    if fed.place == "body" and method in BODILESS:
        return "query"
    return "query" if fed.place == "path" else fed.place


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


def _encoded(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    items = value if isinstance(value, list) else [value]
    return [(name, _text(item)) for item in items]
