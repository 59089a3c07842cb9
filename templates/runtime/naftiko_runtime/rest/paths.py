"""Paths of an application: as Starlette's router finds them, and at once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, takewhile
from typing import Any

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..http.messages import method_not_allowed, send_response
from ..segments import Segments

NAMED = re.compile(r"\(\?P<\w+>")


class ServedPath(Route):
    """A path with its methods; later paths that match may have other methods.

    Without methods, its application handles all of them. With `others`, it is for the
    requests that no path of these matches with any method.
    """

    def __init__(
        self,
        path: str,
        app: ASGIApp,
        methods: Sequence[str] = ("GET", "HEAD"),
        others: Sequence[Route] | None = None,
    ) -> None:
        super().__init__(path, app, methods=methods or None)
        segments = Segments(path)
        self.has_several = segments.has_several
        """Whether a segment has several variables, so that no expression matches it."""
        if self.has_several:
            self.path_regex: Any = segments
        self._allowed = methods
        self.is_last = others is not None
        self._others = others or ()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path matches, and its method: then the match is full."""
        if any(other.matches(scope)[0] is not Match.NONE for other in self._others):
            return Match.NONE, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, or refuse a method that no matching path has."""
        if not self.methods or scope["method"] in self.methods:
            await self.app(scope, receive, send)
            return
        paths = (path for path in scope["app"].routes if isinstance(path, ServedPath))
        matching = (path for path in paths if path.matches(scope)[0] is Match.PARTIAL)
        methods = dict.fromkeys(chain.from_iterable(path._allowed for path in matching))
        await send_response(send, *method_not_allowed(", ".join(methods)))


Place = tuple[int, ServedPath]


@dataclass
class _Alternatives:
    """Paths with variables, of one method and one number of segments, in their order.

    One pattern matches all of them, unless a segment has several variables.
    """

    paths: list[Place] = field(default_factory=list)

    def find(self, target: str) -> tuple[Place, dict[str, str]] | None:
        """Return the first path that matches, and its variables."""
        if self._have_several:
            matches = (
                (place, place[1].path_regex.match(target)) for place in self.paths
            )
            return next(((place, m.groupdict()) for place, m in matches if m), None)
        match = self._pattern.fullmatch(target)
        if match is None:
            return None
        place = self._by_group[match.lastindex]
        values = match.groups()[match.lastindex :]
        return place, dict(zip(place[1].param_convertors, values, strict=False))

    @cached_property
    def _have_several(self) -> bool:
        return any(path.has_several for _, path in self.paths)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        texts = (path.path_regex.pattern for _, path in self.paths)
        plain = (NAMED.sub("(", text[1:-1]) for text in texts)
        return re.compile("|".join(f"({text})" for text in plain))

    @cached_property
    def _by_group(self) -> dict[int | None, Place]:
        """Return the paths by the number of the group around each alternative."""
        group = 1
        places: dict[int | None, Place] = {}
        for place in self.paths:
            places[group] = place
            group += 1 + len(place[1].param_convertors)
        return places


class Lookup:
    """The applications of paths, by method and path.

    Like the router, it finds the first path that matches with its method.
    Otherwise the router has to look: below a prefix, for a method that no path has, and
    for a path that is last.
    """

    def __init__(self, paths: Iterable[ServedPath]) -> None:
        first = takewhile(lambda path: not path.is_last, paths)
        places = list(enumerate(first))
        every = {method for _, path in places for method in path.methods or ()}
        self._literal: dict[tuple[str, str], Place] = {}
        self._variable: dict[tuple[str, int], _Alternatives] = {}
        for place in places:
            for method in place[1].methods or every:
                self._add(method, place)
        self._literal = {
            key: place
            for key, place in self._literal.items()
            if not self._is_behind(key, place)
        }

    def find(self, scope: Scope) -> ASGIApp | None:
        """Return the application of a request, and note the variables of the path."""
        if scope.get("root_path"):
            return None
        # Only HTTP has methods.
        key = scope.get("method", ""), scope.get("path", "")
        place = self._literal.get(key)
        outcome = (place, {}) if place else self._find_variable(key)
        if outcome is None:
            return None
        (_, path), scope["path_params"] = outcome
        scope["route"] = path
        return path.app

    def _find_variable(
        self, key: tuple[str, str]
    ) -> tuple[Place, dict[str, str]] | None:
        method, path = key
        alternatives = self._variable.get((method, path.count("/")))
        return alternatives.find(path) if alternatives else None

    def _is_behind(self, key: tuple[str, str], place: Place) -> bool:
        """Return whether a path with variables matches before a literal one."""
        outcome = self._find_variable(key)
        return outcome is not None and outcome[0][0] < place[0]

    def _add(self, method: str, place: Place) -> None:
        path = place[1]
        if not path.param_convertors:
            self._literal.setdefault((method, path.path), place)
        else:
            key = method, path.path.count("/")
            self._variable.setdefault(key, _Alternatives()).paths.append(place)
