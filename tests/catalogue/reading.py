"""What a published document means, read plainly and apart from the compiler.

It shares no code with the compiler, so that a mistake of one isn't one of the other.
What it can't read for sure it leaves to others: `UnreadError`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Node = dict[str, Any]

WRITES = ("POST", "PUT", "PATCH")
BODILESS = ("GET", "HEAD")
REFERENCE = re.compile(r"(rest|tools)\.(.+)")
TEMPLATE = re.compile(r"\{\{([^{}]+)\}\}")
IN_URL = re.compile(r"\{\{([^{}]+)\}\}|\$\{([^{}]+)\}|\{([^{}]+)\}")
SHOUTED = re.compile(r"[A-Z][A-Z0-9_]*")
READ_ONE = ("get", "retrieve", "read", "fetch", "describe", "show", "lookup", "find")
CHANGE_ONE = ("update", "put", "patch", "replace", "modify", "edit", "set", "change")
SIGNED = ("oauth1", "certificate", "aws-sig-v4")


class UnreadError(Exception):
    """The document says something that this reading has no opinion on."""


@dataclass(frozen=True)
class Input:
    """What an operation takes: a parameter, or a name in its body."""

    name: str
    place: str
    kind: str
    required: bool
    whole: bool = False


@dataclass
class Operation:
    """An operation that is consumed."""

    namespace: str
    name: str
    method: str
    base: str
    path: str
    inputs: dict[str, Input]
    fixed: dict[str, tuple[str, Any]]
    constants: list[tuple[str, str]]
    body: Any
    authentication: Node
    orphans: list[str] = field(default_factory=list)
    undescribed: bool = False
    unread: str | None = None


@dataclass(frozen=True)
class Expected:
    """A request that the upstream should see; `headers` are patterns."""

    method: str
    url: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


@dataclass
class Exchange:
    """A request of a caller, and the one that it should become."""

    adapter: str
    unit: str
    path: str = ""
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    arguments: Node = field(default_factory=dict)
    expected: Expected | None = None
    unread: str | None = None


class Reader:
    """One document: what it consumes, and what its variables are."""

    def __init__(self, path: Path) -> None:
        self.document = load(path)
        self.capability: Node = self.document["capability"]
        self.variables: dict[str, str] = {}
        self.names = {
            name: variable
            for bind in self.document.get("binds") or []
            for name, variable in (bind.get("keys") or {}).items()
        }
        self.operations: dict[tuple[str, str], Operation] = {}
        for upstream in self._upstreams(path):
            for operation in self._consumed(upstream):
                key = (operation.namespace, operation.name)
                self.operations.setdefault(key, operation)
                self._base(operation)
        for name in _templates(self.document):
            if self._is_variable(name):
                self._variable(name)

    def exchanges(self) -> Iterator[Exchange]:
        for adapter in self.capability["exposes"]:
            match adapter["type"]:
                case "rest":
                    yield from self._routes(adapter)
                case "mcp":
                    yield from self._tools(adapter)
                case _:
                    pass

    # What is consumed

    def _upstreams(self, path: Path) -> Iterator[Node]:
        files = [*(self.document.get("imports") or []), *self._imports()]
        for entry in files:
            name = entry if isinstance(entry, str) else _location(entry)
            other = load(path.parent / name)
            for bind in other.get("binds") or []:
                self.names.update(bind.get("keys") or {})
            consumed = other.get("consumes") or other["capability"]["consumes"]
            wanted = entry.get("import") if isinstance(entry, dict) else None
            yield from (one for one in consumed if wanted in (None, one["namespace"]))
        for one in self.capability.get("consumes") or []:
            if "baseUri" in one:
                yield one

    def _imports(self) -> Iterator[Any]:
        yield from self.document.get("import") or []
        for one in self.capability.get("consumes") or []:
            if "location" in one:
                yield one

    def _consumed(self, upstream: Node) -> Iterator[Operation]:
        absolute = _absolute(upstream)
        for resource in upstream.get("resources") or []:
            for operation in resource.get("operations") or []:
                own = operation.get("path")
                place = own if own and absolute else _joined(resource, own)
                yield self._operation(upstream, resource, operation, place)

    def _operation(
        self, upstream: Node, resource: Node, operation: Node, place: str
    ) -> Operation:
        path, _, _ = place.partition("#")
        path, _, query = path.partition("?")
        path = TEMPLATE.sub(r"{\1}", path if path.startswith("/") else f"/{path}")
        variables = [v for v in _variables(path) if not self._is_variable(v)]
        found = Operation(
            namespace=upstream["namespace"],
            name=str(operation.get("name") or operation.get("id")),
            method=operation["method"],
            base=upstream["baseUri"].rstrip("/"),
            path=path,
            inputs={v: Input(v, "path", "string", True) for v in variables},
            fixed={},
            constants=_constants(query),
            unread="a variable in the query of a path" if "{" in query else None,
            body=operation.get("body"),
            authentication=upstream.get("authentication") or upstream.get("auth") or {},
        )
        shared = [*_parameters(upstream), *_parameters(resource)]
        for parameter in [*shared, *_parameters(operation)]:
            self._declare(found, parameter, variables)
        self._declare_body(found)
        self._take_whole(found)
        self._leave_out_credentials(found)
        return found

    def _leave_out_credentials(self, operation: Operation) -> None:
        """Drop parameters that are the header of the credential."""
        try:
            taken = self._credential(operation.authentication)
        except UnreadError:
            return
        member = _key_in("body", operation.authentication)
        for name, one in list(operation.inputs.items()):
            is_header = one.place == "header" and name.lower() in taken
            if is_header or (one.place, name) == ("body", member):
                del operation.inputs[name]

    def _declare(
        self, operation: Operation, parameter: Node, variables: list[str]
    ) -> None:
        name = parameter.get("name")
        if not name:
            return
        place = parameter.get("in") or "body"
        if place == "path" and name not in variables:
            operation.orphans.append(name)
        required = place == "path" or parameter.get("required") is True
        kind = parameter.get("type") or "string"
        value = parameter.get("value")
        if value is None:
            operation.inputs[name] = Input(name, place, kind, required)
            return
        operation.fixed[name] = (place, value)
        for inner in _templates(value):
            self._declare_inner(operation, inner)

    def _declare_body(self, operation: Operation) -> None:
        body = operation.body
        if isinstance(body, dict):
            kind = body.get("type")
            if kind not in ("json", "form"):
                operation.unread = f"a body of type {kind}"
            for inner in _templates(body.get("data")):
                self._declare_inner(operation, inner)
        described = body is not None and body.get("data") is not None
        described |= any(i.place == "body" for i in operation.inputs.values())
        described |= any(place == "body" for place, _ in operation.fixed.values())
        if not described and (body is not None or operation.method in WRITES):
            whole = Input("body", "body", "object", False, whole=True)
            operation.inputs.setdefault("body", whole)
            operation.undescribed = True

    def _take_whole(self, operation: Operation) -> None:
        """Make a structure that is all that the body has the body itself."""
        members = [one for one in operation.inputs.values() if one.place == "body"]
        fixed = any(place == "body" for place, _ in operation.fixed.values())
        if operation.body is None and not fixed and len(members) == 1:
            [only] = members
            whole = only.kind in ("array", "object")
            operation.inputs[only.name] = replace(only, whole=whole)

    def _declare_inner(self, operation: Operation, inner: str) -> None:
        name = _input_of(inner)
        if not self._is_variable(inner) and name not in operation.inputs:
            data = (operation.body or {}).get("data")
            whole = data == f"{{{{{inner}}}}}"
            operation.inputs[name] = Input(name, "body", "string", False, whole)

    # What is exposed

    def _routes(self, adapter: Node) -> Iterator[Exchange]:
        taken: set[tuple[str, str]] = set()
        for resource in adapter.get("resources") or []:
            for unit in resource.get("operations") or []:
                route = _route(_joined(resource, unit.get("path")))
                key = (unit["method"], re.sub(r"\{[^}]*\}", "{}", route))
                if key in taken:
                    route = f"{route.rstrip('/')}/{unit['name']}"
                taken.add((unit["method"], re.sub(r"\{[^}]*\}", "{}", route)))
                exchange = Exchange(adapter["namespace"], f"{unit['method']} {route}")
                yield self._attempt(exchange, unit, route, unit["method"])

    def _tools(self, adapter: Node) -> Iterator[Exchange]:
        seen: dict[str, int] = {}
        for unit in adapter.get("tools") or []:
            seen[unit["name"]] = seen.get(unit["name"], 0) + 1
            again = seen[unit["name"]]
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
        if operation.unread:
            raise UnreadError(operation.unread)
        given = unit.get("with") or {}
        path, inputs = self._completed(operation, route)
        if operation.undescribed and route is not None and method not in WRITES:
            inputs = {n: one for n, one in inputs.items() if not one.whole}
        sources = dict(_sources(unit, given, inputs))
        if any(_feeds_nothing(p, sources) for p in unit.get("inputParameters") or []):
            raise UnreadError("an input that no parameter takes")
        declared = {p["name"]: p for p in unit.get("inputParameters") or []}
        fed: Node = {}
        values: Node = {}
        for name, source in sources.items():
            if name not in inputs:
                raise UnreadError("a key of `with` that is no parameter")
            reference = _reference(source)
            if reference is None:
                fed[name] = self._constant(source)
                continue
            kind = declared.get(reference, {}).get("type") or inputs[name].kind
            in_header = inputs[name].place == "header"
            new = _value("header" if in_header else kind, len(values))
            value = values.setdefault(reference, new)
            fed[name] = value
            self._give(exchange, route, method, reference, inputs[name], value)
        exchange.expected = self._expected(operation, path, inputs, fed)

    def _called(self, call: str) -> Operation:
        for match in reversed(list(re.finditer(r"\.", call))):
            found = self.operations.get((call[: match.start()], call[match.end() :]))
            if found:
                return found
        named = [o for (_, n), o in self.operations.items() if call.endswith(f".{n}")]
        if len(named) != 1:
            raise UnreadError("a call of something that isn't there")
        return named[0]

    def _completed(
        self, operation: Operation, route: str | None
    ) -> tuple[str, dict[str, Input]]:
        """Put path parameters that stand nowhere where they are most likely meant."""
        path, orphans = operation.path, operation.orphans
        if not orphans:
            return path, operation.inputs
        verb = re.split(r"[^a-z]", operation.name.lower())[0]
        one = operation.method == "DELETE"
        one |= operation.method == "GET" and verb in READ_ONE
        one |= operation.method in ("PUT", "PATCH") and verb in CHANGE_ONE
        if len(orphans) == 1 and one and route is None:
            return f"{path.rstrip('/')}/{{{orphans[0]}}}", operation.inputs
        raise UnreadError("a path parameter that stands nowhere")

    def _give(
        self,
        exchange: Exchange,
        route: str | None,
        method: str,
        name: str,
        fed: Input,
        value: Any,
    ) -> None:
        """Put a value where callers have to: its place in a request, or an argument."""
        if route is None:
            exchange.arguments[_bare(name)] = value
            return
        place, bare = _located(name)
        exchange.path = exchange.path or route
        variable = next((v for v in _variables(route) if canon(v) == canon(bare)), None)
        if variable is not None and place in (None, "path"):
            text = quote(_text(value), safe="")
            exchange.path = exchange.path.replace(f"{{{variable}}}", text)
            return
        match place or _place_of(fed, method):
            case "header":
                exchange.headers[bare] = _text(value)
            case "query":
                exchange.query += _pairs(bare, value)
            case "body" if fed.whole:
                exchange.body = value
            case "body":
                exchange.body = {**(exchange.body or {}), bare: value}
            case unknown:
                raise UnreadError(f"an input in the {unknown}")

    # What the upstream sees

    def _expected(
        self, operation: Operation, path: str, inputs: dict[str, Input], fed: Node
    ) -> Expected:
        headers = self._credential(operation.authentication)
        query = [(k, self._text_of(v, fed)) for k, v in operation.constants]
        members: Node = {}
        for name, value in fed.items():
            match inputs[name].place:
                case "query":
                    query += _pairs(name, value)
                case "header":
                    headers[name.lower()] = re.escape(_text(value))
                case "body" if inputs[name].whole:
                    members = value
                case "body":
                    members[name] = value
                case _:
                    pass
        for name, (place, value) in operation.fixed.items():
            filled = self._filled(value, fed)
            if filled is None:
                continue
            if place == "body":
                members[name] = filled
            elif place == "query":
                query += _pairs(name, filled)
            elif place == "header":
                headers[name.lower()] = re.escape(_text(filled))
            else:
                raise UnreadError(f"a fixed value in the {place}")
        # A body that is described is there, even if all its members are absent.
        fixed = any(place == "body" for place, _ in operation.fixed.values())
        body = self._body(operation, members if members or fixed else None, fed)
        base = self._base(operation)
        url = base + IN_URL.sub(lambda m: self._segment(m, fed), path)
        query += self._query_credential(operation.authentication)
        return Expected(operation.method, url, query, headers, body)

    def _body(self, operation: Operation, members: Any, fed: Node) -> Any:
        """Return the value of a JSON body, or the pairs of a form."""
        described = operation.body or {}
        is_form = described.get("type") == "form"
        body = members
        if described.get("data") is not None:
            body = self._filled(described["data"], fed)
            body = {**body, **_unused(described["data"], members)} if is_form else body
        key = _key_in("body", operation.authentication)
        if key:
            secret = self._secret(operation.authentication["value"])
            body = {**(body or {}), key: secret}
        if is_form:
            return [one for pair in (body or {}).items() for one in _pairs(*pair)]
        return body

    def _segment(self, match: re.Match[str], fed: Node) -> str:
        name = next(filter(None, match.groups()))
        if name in fed:
            return quote(_text(fed[name]), safe="")
        if self._is_variable(name):
            return quote(self._variable(name), safe="")
        raise UnreadError(f"a path variable without a value: {name}")

    def _base(self, operation: Operation) -> str:
        prefix = re.sub(r"[^A-Z0-9]", "_", operation.namespace.upper())

        def filled(match: re.Match[str]) -> str:
            template, dollar, setting = match.groups()
            whole = match.start() == 0
            if setting and setting == _key_in("path", operation.authentication):
                return self._secret(operation.authentication["value"])
            if setting:
                shouted = re.sub(r"[^A-Z0-9]", "_", setting.upper())
                name = f"{prefix}_{shouted}"
                return self._setting(name, whole=whole)
            return self._variable(template or dollar, whole=whole)

        base = IN_URL.sub(filled, operation.base)
        return f"https:{base}" if base.startswith("//") else base

    def _credential(self, given: Node) -> dict[str, str]:
        kind = str(given.get("type")).lower()
        secret = given.get("token") or given.get("value") or given.get("key")
        match kind:
            case "none":
                return {}
            case "bearer":
                return {"authorization": re.escape(f"Bearer {self._secret(secret)}")}
            case "basic":
                pair = f"{self._secret(given['username'])}:"
                pair += self._secret(given["password"])
                text = base64.b64encode(pair.encode()).decode()
                return {"authorization": re.escape(f"Basic {text}")}
            case "apikey" if isinstance(given.get("headers"), dict):
                pairs = given["headers"].items()
                return {k.lower(): re.escape(self._secret(v)) for k, v in pairs}
            case "apikey" if (given.get("placement") or given.get("in")) == "header":
                name = given.get("key") if "placement" in given else given["name"]
                value = re.escape(self._secret(given["value"]))
                return {str(name).lower(): value}
            case "apikey" if (given.get("placement") or given.get("in")) == "query":
                return {}
            case "header":
                value = re.escape(self._secret(given["value"]))
                return {given["header"].lower(): value}
            case "apikey" if given.get("placement") in ("path", "body"):
                return {}
            case kind if kind in SIGNED:
                # What takes the place of the pool is given unsigned requests.
                return {}
            case _:
                raise UnreadError(f"a credential of type {kind}")

    def _query_credential(self, given: Node) -> list[tuple[str, str]]:
        if (given.get("placement") or given.get("in")) != "query":
            return []
        return [(given.get("key") or given["name"], self._secret(given["value"]))]

    def _secret(self, value: Any) -> str:
        return TEMPLATE.sub(lambda match: self._variable(match[1]), str(value))

    def _constant(self, value: Any) -> Any:
        if isinstance(value, list | dict):
            raise UnreadError("a structure in `with`")
        if not isinstance(value, str):
            return value
        if value.startswith("env."):
            return self._variable(value)
        return self._secret(value)

    def _filled(self, value: Any, fed: Node) -> Any:
        """Fill a structure; a key whose whole value is an absent input is left out."""
        match value:
            case dict():
                filled = {k: self._filled(v, fed) for k, v in value.items()}
                return {k: v for k, v in filled.items() if v is not None}
            case list():
                each = [self._filled(v, fed) for v in value]
                return [v for v in each if v is not None]
            case str():
                return self._filled_text(value, fed)
            case _:
                return value

    def _filled_text(self, value: str, fed: Node) -> Any:
        whole = TEMPLATE.fullmatch(value)
        if whole:
            return self._named(whole[1], fed)
        return self._text_of(value, fed)

    def _text_of(self, value: str, fed: Node) -> str:
        return TEMPLATE.sub(lambda m: _text(self._named(m[1], fed)), value)

    def _named(self, name: str, fed: Node) -> Any:
        if self._is_variable(name):
            return self._variable(name)
        return fed.get(_input_of(name))

    def _is_variable(self, name: str) -> bool:
        known = name in self.names or name.startswith("env.")
        return known or (SHOUTED.fullmatch(name) is not None and len(name) > 1)

    def _variable(self, name: str, *, whole: bool = False) -> str:
        bare = name.removeprefix("env.")
        return self._setting(self.names.get(bare, bare), whole=whole)

    def _setting(self, variable: str, *, whole: bool) -> str:
        value = f"v{len(self.variables)}"
        value = f"https://{value}.example" if whole else value
        return self.variables.setdefault(variable, value)


class _Loader(yaml.SafeLoader):
    """Dates and the many spellings of booleans are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if not tag.endswith(("bool", "p"))]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf")
)


def load(path: Path) -> Node:
    content = path.read_text("utf-8")
    document: Node = yaml.load(content, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return document


def canon(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _location(entry: Node) -> str:
    return str(entry.get("location") or entry.get("url") or entry.get("ref"))


def _parameters(of: Node) -> list[Node]:
    return of.get("inputParameters") or []


def _variables(path: str) -> list[str]:
    return re.findall(r"\{([^{}]+)\}", path)


def _constants(query: str) -> list[tuple[str, str]]:
    pairs = [one.partition("=") for one in query.split("&") if one]
    return [(name, value) for name, _, value in pairs]


def _key_in(place: str, authentication: Node) -> str | None:
    """Return the variable of the address, or the member, that is a credential's."""
    stands_there = authentication.get("placement") == place
    return str(authentication["key"]) if stands_there else None


def _absolute(upstream: Node) -> bool:
    """Say whether the paths of operations repeat those of their resources."""
    return any(
        _repeats(str(operation.get("path") or ""), str(resource.get("path") or ""))
        for resource in upstream.get("resources") or []
        for operation in resource.get("operations") or []
    )


def _repeats(path: str, start: str) -> bool:
    root = start.strip("/")
    return bool(root) and f"{path.strip('/')}/".startswith(f"{root}/")


def _joined(resource: Node, own: str | None) -> str:
    path = str(resource.get("path") or "")
    if not own or own == "/":
        return path
    return f"{path.rstrip('/')}/{own.lstrip('/')}"


def _route(path: str) -> str:
    path = TEMPLATE.sub(r"{\1}", path if path.startswith("/") else f"/{path}")
    path = re.sub(r"\?[^=/]*=?", "/", path)
    return path.replace("#", "/").replace("//", "/")


def _templates(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for one in value.values():
                yield from _templates(one)
        case list():
            for one in value:
                yield from _templates(one)
        case str():
            yield from TEMPLATE.findall(value)
        case _:
            pass


def _sources(
    unit: Node, given: Node, inputs: dict[str, Input]
) -> Iterator[tuple[str, Any]]:
    """Yield where each parameter's value comes from."""
    declared = unit.get("inputParameters") or []
    yield from given.items()
    referred = {_bare(r) for r in map(_reference, given.values()) if r}
    for one in declared:
        mapping = re.split(r"\.", one["mapping"])[-1] if "mapping" in one else None
        name = mapping or one["name"]
        if name in inputs and name not in given and one["name"] not in referred:
            yield name, f"rest.{one['name']}"
    alone = not given and not declared
    names = {(one.get("mapping") or one["name"]).split(".")[-1] for one in declared}
    for name, one in inputs.items():
        if name not in given and name not in names and (alone or one.required):
            yield name, f"rest.{name}"


def _feeds_nothing(one: Node, sources: Node) -> bool:
    return one["name"] not in map(
        _bare, filter(None, map(_reference, sources.values()))
    )


def _reference(value: Any) -> str | None:
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[2] if found else None


def _unused(data: Any, members: Node | None) -> Node:
    """Return the members that a structure doesn't refer to."""
    used = {_input_of(template) for template in _templates(data)}
    return {name: v for name, v in (members or {}).items() if name not in used}


def _input_of(template: str) -> str:
    return re.sub(r"^(tools|rest)\.", "", template)


def _located(name: str) -> tuple[str | None, str]:
    place, dot, rest = name.partition(".")
    if dot and place in ("path", "query", "header", "body"):
        return place, rest
    return None, name


def _bare(name: str) -> str:
    return _located(name)[1]


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
        case _:
            return f"s {number}/ü&=?#%"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    each = value if isinstance(value, list) else [value]
    if any(isinstance(one, dict) for one in each):
        raise UnreadError("an object in a query")
    return [(name, _text(one)) for one in each]
