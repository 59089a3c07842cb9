"""Match the operations of a capability with those of the OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from naftiko_gen.openapi.write.capability import operation_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from naftiko_gen import ir
    from naftiko_gen.openapi.read.api import Api, Operation, Server

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


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
        self._by_name = {
            self._names[item.method, item.path]: item for item in api.operations
        }

    def match(self, operation: ir.Operation) -> Match | None:
        """Return the matching operation, or None.

        If none has the method and path, one with the same name matches.
        """
        places = (called_path(operation), _path(operation))
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
        places = (called_path(operation), _path(operation))
        return sorted({m for m, place in self._by_place if place in places})


def called_path(operation: ir.Operation) -> str:
    """Return the whole path of a call, with `{}` for each variable."""
    base = "".join(
        part if isinstance(part, str) else part.default or "{}"
        for part in operation.upstream.base_uri
    )
    prefix = urlsplit(base.replace("{}", "x", 1)).path if "//" in base else ""
    return _bare(prefix) + _path(operation)


def _path(operation: ir.Operation) -> str:
    parts = (p if isinstance(p, str) else "{}" for p in operation.path)
    return _bare("".join(parts))


def _paths(operation: Operation, servers: Iterable[Server]) -> Iterable[str]:
    """Yield the operation's path below each server's path, and alone."""
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
