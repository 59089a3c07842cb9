"""Compare a capability with the OpenAPI document of its API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from naftiko_gen import ir
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.frontend import Meaning
from naftiko_gen.openapi.read.api import Api, Operation, Server
from naftiko_gen.openapi.write.capability import key_of, operation_names
from naftiko_gen.openapi.write.names import kebab
from naftiko_gen.tools.drift.changes import Finding, Kind
from naftiko_gen.tools.drift.comparison import Comparison

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def described_namespaces(meaning: Meaning, api: Api) -> list[str]:
    """Return the namespaces of the upstreams that the document may describe.

    They are those of the upstreams at its hosts; if there are none, all of them.
    """
    upstreams = meaning.capability.upstreams
    own = (server for operation in api.operations for server in operation.servers)
    hosts = {_host(server.usual_url) for server in (*api.servers, *own)} - {""}
    matching = [item for item in upstreams if _host(_base_uri(item, "x")) in hosts]
    return list(dict.fromkeys(item.namespace for item in matching or upstreams))


def find_drift(meaning: Meaning, api: Api, namespaces: Sequence[str]) -> list[Finding]:
    """Return the differences between a capability's upstreams and the document."""
    return list(dict.fromkeys(_findings(meaning, api, namespaces)))


def _findings(
    meaning: Meaning, api: Api, namespaces: Sequence[str]
) -> Iterator[Finding]:
    matcher, keys = OperationMatcher(api), set()
    for declaration, operation in meaning.origins.operations:
        if operation.upstream.namespace not in namespaces:
            continue
        match, model = matcher.match(operation), declaration.operation
        if match is None:
            methods = matcher.methods(operation)
            more = f"; its path has {', '.join(methods)}" if methods else ""
            message = f"{_title(operation)} is gone{more}"
            yield Finding.of(Kind.OPERATION_GONE, operation, model, message, None)
            continue
        keys.add(_key(match.operation))
        own = operation, model, meaning.capability
        yield from _compare(Comparison(*own, match.operation, api), match)
    for candidate in api.operations:
        if _key(candidate) not in keys:
            key = key_of(candidate.method, candidate.path)
            title = f"{candidate.method} {quote(candidate.path)}"
            message = f"{title} isn't in the capability"
            yield Finding(Kind.OPERATION_ADDED, key, message, None, candidate.span)


def _compare(comparison: Comparison, match: Match) -> Iterator[Finding]:
    there = f"{match.operation.method} {quote(match.operation.path)}"
    message = f"{_title(comparison.called)} is {there} now"
    if not match.has_method:
        yield comparison.finding(Kind.METHOD_CHANGED, message)
    if not match.has_path:
        yield comparison.finding(Kind.PATH_CHANGED, message)
    yield from comparison.findings()


def _key(operation: Operation) -> tuple[str, str, Span]:
    # A path can hold `get` and `Get`: they differ in nothing but their place.
    return operation.method, operation.path, operation.span


def _title(operation: ir.Operation) -> str:
    parts = (
        part if isinstance(part, str) else f"{{{part.name}}}" for part in operation.path
    )
    return f"{operation.method} {quote(''.join(parts))}"


def _base_uri(upstream: ir.Upstream, unknown: str) -> str:
    parts = upstream.base_uri
    texts = (p if isinstance(p, str) else p.default or unknown for p in parts)
    return "".join(texts)


def _host(url: str) -> str:
    """Return the host of an address; a variable without a default is `x`."""
    try:
        return urlsplit(_PLACEHOLDER.sub("x", url)).netloc.lower()
    except ValueError:
        return ""


# --- matching operations --------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """A matched operation, and whether its method and path match the call's."""

    operation: Operation
    has_method: bool = True
    has_path: bool = True


class OperationMatcher:
    """Finds the operations of an API that a capability calls."""

    def __init__(self, api: Api) -> None:
        self._by_place: dict[tuple[str, str], list[Operation]] = {}
        self._names = operation_names(api.operations, {})
        for operation in api.operations:
            for path in _paths(operation, operation.servers or api.servers):
                operations = self._by_place.setdefault((operation.method, path), [])
                operations.append(operation)
        # Imports of earlier versions have long names.
        long_names = {kebab(item.telling_id): item for item in api.operations}
        self._by_name = long_names | {
            self._names[item.method, item.path]: item for item in api.operations
        }

    def match(self, operation: ir.Operation) -> Match | None:
        """Return the matching operation, or None.

        If none has the method and path, one with the same name matches.
        """
        places = _called_paths(operation)
        for place in places:
            candidates = self._by_place.get((operation.method, place))
            if candidates:
                return Match(self._closest(operation, candidates))
        namesake = self._by_name.get(operation.name)
        if namesake is None:
            return None
        has_path = any(
            namesake in self._by_place.get((namesake.method, place), ())
            for place in places
        )
        return Match(namesake, namesake.method == operation.method, has_path)

    def _closest(
        self, operation: ir.Operation, candidates: Sequence[Operation]
    ) -> Operation:
        """Return the candidate with the same name, else with the most similar query."""
        query_names = {name for name, _ in operation.query}

        def rank(candidate: Operation) -> tuple[bool, int]:
            name = self._names[candidate.method, candidate.path]
            is_named = name == operation.name
            names = set(parse_qs(candidate.path.partition("?")[2]))
            return is_named, len(names & query_names) - len(names - query_names)

        return max(candidates, key=rank)

    def methods(self, operation: ir.Operation) -> list[str]:
        """Return the methods that the document declares for the path of a call."""
        places = _called_paths(operation)
        return sorted({m for m, place in self._by_place if place in places})


def _called_paths(operation: ir.Operation) -> tuple[str, str]:
    """Return the path of a call with and without the server's, `{}` for variables."""
    base = _base_uri(operation.upstream, "{}")
    prefix = urlsplit(base.replace("{}", "x", 1)).path if "//" in base else ""
    parts = (p if isinstance(p, str) else "{}" for p in operation.path)
    path = _bare("".join(parts))
    return _bare(prefix) + path, path


def _paths(operation: Operation, servers: Iterable[Server]) -> Iterable[str]:
    """Yield the operation's path with and without each server's path."""
    path = _bare(operation.path.partition("?")[0].partition("#")[0])
    path = path if path.startswith("/") or not path else f"/{path}"
    for server in servers:
        try:
            yield _bare(urlsplit(server.usual_url).path) + path
        except ValueError:
            continue
    yield path


def _bare(path: str) -> str:
    return unquote(_PLACEHOLDER.sub("{}", path)).rstrip("/")
