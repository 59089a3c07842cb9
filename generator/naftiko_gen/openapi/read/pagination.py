"""Read how a document declares the pages of a list: extensions of generators, links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen.language.expressions import json_path, json_path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from naftiko_gen.diagnostics.span import Plain, Span
    from naftiko_gen.openapi.read.references import References
    from naftiko_gen.syntax.tree import Mapping as MappingNode

    Facts = Mapping[str, Plain]

_PAGE = re.compile(r"(?i).*page(.?(number|num|no|index))?.?")
BODY = "body"
"""Stands for the body of a request in front of a member's path."""
_RESPONSE_BODY = "$response.body#/"
_NEEDED = {
    "cursor": ("cursorParam", "nextCursorPath"),
    "offset": ("cursorParam",),
    "page-number": ("cursorParam",),
    "keyset": ("cursorParam",),
    "link-body": ("nextCursorPath",),
}
"""The keys of the language that a type of paging needs."""
_LAST = re.compile(r"(.*)\[-1\]\.(.+)")
"""A path of the last item of a list."""


@dataclass(frozen=True)
class Pagination:
    """The paging of an operation.

    Attributes:
        type: The type, as the language names it.
        request: Its parameters, by the keys of the language.
        response: JSONPaths into its response, by the keys of the language.
    """

    type: str
    request: Mapping[str, str] = field(default_factory=dict)
    response: Mapping[str, str] = field(default_factory=dict)

    def of_request(self, places: Collection[str]) -> Pagination:
        """Return it with places of the request, where a member of the body is one.

        Some documents name such a member like a parameter.
        """
        request = {
            key: name if name in places else f"{BODY}.{name}"
            for key, name in self.request.items()
        }
        return replace(self, request=request)

    def is_usable(self, method: str, places: Collection[str]) -> bool:
        """Return whether the language can express it.

        `places` are the parameters of the query, and paths of members of the body.
        """
        is_asked = "cursorParam" in self.request and not self.type.startswith("link")
        return (method == "GET" or (method == "POST" and is_asked)) and (
            self._is_complete(places)
        )

    def _is_complete(self, places: Collection[str]) -> bool:
        keys = {*self.request, *self.response}
        steps = [step for path in self.response.values() for step in _steps(path)]
        are_names = all(isinstance(step, str) for step in steps)
        is_complete = keys.issuperset(_NEEDED.get(self.type, ()))
        return are_names and is_complete and {*self.request.values()} <= {*places}


def _steps(path: str) -> tuple[object, ...]:
    steps = json_path(path)
    return (None,) if steps is None else steps


def read_pagination(
    node: MappingNode, response: MappingNode | None, references: References
) -> tuple[Pagination, Span] | None:
    """Return the paging that an operation declares, and its place."""
    for key, read in _EXTENSIONS.items():
        holder = references.mapping(node.get(key))
        paging = read(_facts(holder)) if holder else None
        if paging is not None:
            return paging, node.key_span(key)
    links = references.mapping(response.get("links")) if response else None
    own_id = node.text("operationId")
    for entry in links.entries if links else ():
        link = references.mapping(entry.value)
        if link and "next" in entry.key.lower() and link.text("operationId") == own_id:
            paging = _read_link(_facts(references.mapping(link.get("parameters"))))
            return (paging, entry.span) if paging else None
    return None


def _facts(node: MappingNode | None) -> Facts:
    return {entry.key: entry.value.plain() for entry in node.entries} if node else {}


def _paging(type_: str, **values: Plain) -> Pagination:
    """Return a paging of the values that are texts, by the keys of the language."""
    texts = {key: value for key, value in values.items() if isinstance(value, str)}
    return Pagination(
        type_,
        {key: value for key, value in texts.items() if key.endswith("Param")},
        {key: value for key, value in texts.items() if key.endswith("Path")},
    )


def _texts(facts: Plain) -> dict[str, Plain]:
    return facts if isinstance(facts, dict) else {}


def _type_of_numbers(parameter: Plain) -> str:
    """Return the type of a paging by numbers, which the name of its parameter tells."""
    is_page = isinstance(parameter, str) and _PAGE.fullmatch(parameter)
    return "page-number" if is_page else "offset"


def _read_speakeasy(facts: Facts) -> Pagination | None:
    inputs = facts.get("inputs")
    rows = [_texts(row) for row in inputs] if isinstance(inputs, list) else []
    names = {str(row.get("type")): row.get("name") for row in rows}
    outputs = _texts(facts.get("outputs"))
    limit, data = names.get("limit"), outputs.get("results")
    match facts.get("type"):
        case "offsetLimit":
            kind = "page-number" if "page" in names else "offset"
            return _paging(
                kind,
                cursorParam=names.get("page", names.get("offset")),
                limitParam=limit,
                dataPath=data,
                pagesPath=outputs.get("numPages"),
            )
        case "cursor":
            following = outputs.get("nextCursor")
            last = _LAST.fullmatch(following) if isinstance(following, str) else None
            return _paging(
                "keyset" if last else "cursor",
                cursorParam=names.get("cursor"),
                limitParam=limit,
                dataPath=last[1] if last else data,
                nextCursorPath=f"$.{last[2]}" if last else following,
            )
        case "url":
            following = outputs.get("nextUrl")
            return _paging("link-body", dataPath=data, nextCursorPath=following)
        case _:
            return None


def _read_fern(facts: Facts) -> Pagination | None:
    parts = {
        key: value.replace("$request.", "").replace("$response", "$")
        for key, value in facts.items()
        if isinstance(value, str)
    }
    data, cursor, offset = map(parts.get, ("results", "cursor", "offset"))
    if cursor is not None:
        following = parts.get("next_cursor")
        return _paging(
            "cursor", cursorParam=cursor, dataPath=data, nextCursorPath=following
        )
    if offset is None:
        return None
    return _paging(_type_of_numbers(offset), cursorParam=offset, dataPath=data)


def _read_datadog(facts: Facts) -> Pagination | None:
    paths = {
        key: f"$.{value}"
        for key in ("cursorPath", "resultsPath")
        if isinstance(value := facts.get(key), str)
    }
    limit, data = facts.get("limitParam"), paths.get("resultsPath")
    for key, kind in (
        ("cursorParam", "cursor"),
        ("pageOffsetParam", "offset"),
        ("pageParam", "page-number"),
    ):
        if key in facts:
            return _paging(
                kind,
                cursorParam=facts[key],
                limitParam=limit,
                dataPath=data,
                nextCursorPath=paths.get("cursorPath"),
            )
    return None


def _read_autorest(facts: Facts) -> Pagination | None:
    if "nextLinkName" not in facts:
        return None
    link, items = facts["nextLinkName"], facts.get("itemName", "value")
    if not isinstance(link, str):
        return Pagination("none")
    data = json_path_of([str(items)])
    return _paging("link-body", dataPath=data, nextCursorPath=json_path_of([link]))


def _read_link(facts: Facts) -> Pagination | None:
    """Return the paging of a link whose only parameter from the response is new."""
    for name, value in facts.items():
        if isinstance(value, str) and value.startswith(_RESPONSE_BODY):
            names = value.removeprefix(_RESPONSE_BODY).split("/")
            keys = [key.replace("~1", "/").replace("~0", "~") for key in names]
            parameter = name.removeprefix("query.")
            path = json_path_of(keys)
            return _paging("cursor", cursorParam=parameter, nextCursorPath=path)
    return None


_EXTENSIONS: dict[str, Callable[[Facts], Pagination | None]] = {
    "x-speakeasy-pagination": _read_speakeasy,
    "x-fern-pagination": _read_fern,
    "x-pagination": _read_datadog,
    "x-ms-pageable": _read_autorest,
}
