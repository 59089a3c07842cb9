"""The places of path parameters that a consumed path doesn't mention."""

import re
from collections.abc import Iterable

from plain_yaml import Node, canon, variables_of

Call = tuple[str, "Node"]
"""A route, and its inputs by the parameters that they feed."""


def ending(path: str, orphans: list[str], calls: Iterable[Call]) -> str:
    """Return the path's suffix: from a route that calls it, else the parameters."""
    for route, inputs in calls:
        for start, candidate in _without_versions(path, route):
            suffix = _behind(start, candidate, orphans, inputs)
            if suffix:
                return suffix
    return "".join(f"/{{{name}}}" for name in orphans)


def _without_versions(path: str, route: str) -> Iterable[tuple[str, str]]:
    yield path, route
    yield path, _bare(route)
    yield _bare(path), _bare(route)


def _bare(path: str) -> str:
    return re.sub(r"^/v\d[\d.]*(?=/|$)", "", path)


def _behind(path: str, route: str, orphans: list[str], inputs: Node) -> str | None:
    parts, segments = path.strip("/").split("/"), route.strip("/").split("/")
    if not path.strip("/") or len(segments) <= len(parts):
        return None
    if list(map(_nameless, parts)) != list(map(_nameless, segments[: len(parts)])):
        return None
    rest = "/".join(
        _rename_variables(part, orphans, inputs) for part in segments[len(parts) :]
    )
    return f"/{rest}" if sorted(variables_of(rest)) == sorted(orphans) else None


def _nameless(part: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", part)


def _rename_variables(part: str, orphans: list[str], inputs: Node) -> str:
    """Name the variables of a part of a route after the parameters that they feed."""

    def name(match: re.Match[str]) -> str:
        feeds = (p for p, variable in inputs.items() if variable == match[1])
        wanted = canon(next(feeds, match[1]))
        return f"{{{next((o for o in orphans if canon(o) == wanted), match[1])}}}"

    return re.sub(r"\{([^{}]*)\}", name, part)
