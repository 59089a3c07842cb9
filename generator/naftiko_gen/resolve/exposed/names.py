"""Names that clients see, and paths of routes in the order of matching."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeVar

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, route
from naftiko_gen.resolve.consumed.paths import UNUSABLE
from naftiko_gen.resolve.units import ForwardUnit, Unit

DescribedModel = (
    models.Tool | models.Resource | models.Prompt | models.Skill | models.SkillTool
)
Key = tuple[str, str]
"""A method, and a route whose variables have no names."""


@dataclass(frozen=True)
class Accepted:
    """The names that all MCP clients accept.

    Attributes:
        start: Put in front of a name without a first character that they accept.
    """

    refused: re.Pattern[str]
    first: re.Pattern[str]
    start: str
    has_cases: bool
    """Whether two names may differ only in case."""

    def alias(self, name: str) -> str:
        """Return an accepted name, which is the name itself if that is accepted."""
        alias = self.refused.sub("_", name)
        if alias != name:
            alias = alias.strip("_")
        if alias and not self.first.match(alias):
            alias = f"{self.start}_{alias}"
        is_lost = not alias or len(alias) > _LONGEST
        return self.distinct(alias, name) if is_lost else alias

    def distinct(self, alias: str, name: str) -> str:
        """Return an alias with a part of the digest of its name."""
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
        start = alias[: _LONGEST - _DIGEST - 1] or self.start
        return f"{start}_{digest[:_DIGEST]}"

    def key(self, alias: str) -> str:
        """Return a text that two aliases share if clients take them for one."""
        return alias if self.has_cases else alias.lower()


_LONGEST = 64
_DIGEST = 6
ARGUMENT_NAMES = Accepted(
    re.compile(r"[^A-Za-z0-9_.-]+"), re.compile(""), "argument", has_cases=True
)
TOOL_NAMES = Accepted(
    re.compile(r"[^A-Za-z0-9_-]+"), re.compile("[A-Za-z_]"), "tool", has_cases=False
)


def aliases(names: Iterable[str], alphabet: Accepted) -> dict[str, str]:
    """Return an alias for each name that MCP clients refuse.

    An alias is the name with `_` for refused characters. If another name or alias is
    equal, a part of the name's digest is appended: then the order of names doesn't
    matter, and an accepted name never changes unless another differs only in case.
    """
    by_name = {name: alphabet.alias(name) for name in names}
    sharers = Counter(map(alphabet.key, by_name.values()))
    others = Counter(map(alphabet.key, by_name))
    choices: dict[str, str] = {}
    for name, alias in by_name.items():
        key = alphabet.key(alias)
        is_free = sharers[key] == 1 or (alias == name and others[key] == 1)
        choices[name] = alias if is_free else alphabet.distinct(alias, name)
    return {name: alias for name, alias in choices.items() if alias != name}


def rename_inputs(
    inputs: tuple[ir.Input, ...],
    implementation: ir.Implementation,
    names: Mapping[str, str],
) -> tuple[tuple[ir.Input, ...], ir.Implementation]:
    """Return inputs and the implementation that they feed, with some renamed."""
    new_inputs = {i: replace(i, name=names.get(i.name, i.name)) for i in inputs}

    def change(placeholder: ir.Placeholder) -> ir.Template:
        match placeholder:
            case ir.Argument(source=ir.Input() as source):
                return ir.Argument(new_inputs[source])
            case _:
                return placeholder

    return tuple(new_inputs.values()), ir.with_templates(
        implementation, lambda template: ir.with_placeholders(template, change)
    )


def describe_aliases(description: str, names: Mapping[str, str]) -> str:
    """Append the meanings of aliases to a tool's description."""
    if not names:
        return description
    pairs = "; ".join(f"`{alias}` is `{name}`" for name, alias in names.items())
    return f"{description}\n\n{pairs}."


def note_description(model: DescribedModel, report: Report) -> None:
    """Report a missing description, which the language requires."""
    if not model.description:
        message = f"{quote(model.name)} has no description: a default is used"
        report.add(Code.MISSING_DESCRIPTION, message, model.at("name"))


def humanise(name: str) -> str:
    """Return a name as words: `list-orders` is "List orders"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = re.sub(r"[^\w]+|_+", " ", words).strip().lower()
    return text[:1].upper() + text[1:] if text else name


_Route = TypeVar("_Route")


def variables(resource: models.RestResource) -> tuple[str, ...]:
    """Return the names of a route's variables."""
    pieces = route(resource.path)
    return tuple(piece.name for piece in pieces if isinstance(piece, Placeholder))


def check_path(resource: models.RestResource, report: Report) -> None:
    """Report an invalid path of a route."""
    names, pieces = variables(resource), route(resource.path)
    texts = "".join(piece for piece in pieces if isinstance(piece, str))
    if UNUSABLE.search(texts) or len(set(names)) < len(names) or "" in names:
        message = f"{quote(resource.path)} isn't a valid route"
        report.add(Code.UNUSABLE_PATH, message, resource.at("path"))


def warn_of_hidden_document(resource: models.RestResource, report: Report) -> None:
    """Report a route that takes the path of the OpenAPI document."""
    if resource.path == ir.DOCUMENT_PATH:
        path = quote(ir.DOCUMENT_PATH)
        message = f"this route takes {path}, so the OpenAPI document isn't served"
        report.add(Code.HIDDEN_DOCUMENT, message, resource.at("path"))


def template_of(path: str) -> str:
    """Return a route without the names of its variables: equal ones match alike."""
    return "".join("{}" if isinstance(p, Placeholder) else p for p in route(path))


def find_ends(
    adapter: models.Rest, units: Sequence[Unit]
) -> dict[models.ExposedUnit, str]:
    """Return the text to append to the path of each route of an adapter's units.

    The text is empty, or the operation's name if an earlier operation has the route.
    """
    declared_routes = {
        (model.method, template_of(resource.path))
        for resource in adapter.resources
        for model in resource.operations
    }
    numbers: defaultdict[tuple[Key, str], Iterator[int]] = defaultdict(lambda: count(1))
    routes: set[Key] = set()
    ends: dict[models.ExposedUnit, str] = {}
    for unit in units:
        if unit.resource is None or unit.method is None:
            continue
        target = unit.method, template_of(unit.resource.path)
        segment = re.sub(r"[^A-Za-z0-9_-]+", "-", unit_name(unit)).strip("-") or "again"
        for end in _possible_ends(segment, numbers[target, segment]):
            key = _with_end(target, end)
            if key not in routes and not (end and key in declared_routes):
                routes.add(key)
                ends[unit.model] = end
                break
    return ends


def unit_name(unit: Unit) -> str:
    """Return the name of a route or tool, by default that of its operation."""
    if unit.model.name:
        return unit.model.name
    declaration = unit.declared
    if declaration is not None:
        return declaration.operation.name
    if unit.model.steps:
        return unit.model.steps[-1].name
    resource = unit.resource.name if unit.resource else None
    if isinstance(unit, ForwardUnit):
        return resource or f"forward-{unit.forward.namespace}"
    return resource or (unit.method or "answer").lower()


def _possible_ends(segment: str, numbers: Iterator[int]) -> Iterator[str]:
    """Yield nothing to append, then the segment, then the segment with numbers."""
    yield ""
    for number in numbers:
        yield f"/{segment}" + (f"-{number}" if number > 1 else "")


def _with_end(route: Key, end: str) -> Key:
    method, template = route
    return (method, template.rstrip("/") + end) if end else route


def note_order(operations: Sequence[tuple[Unit, ir.Route]], report: Report) -> None:
    """Report routes that an earlier one would hide in the order of the spec."""
    earlier: _Tree = {}
    for unit, operation in operations:
        parts = _template(operation).split("/")
        segments = (operation.method, str(len(parts)), *parts)
        if unit.resource and _matches(earlier, segments):
            path = quote(unit.resource.path)
            message = f"{path} is matched before the route that would hide it"
            report.add(Code.ROUTE_ORDER, message, unit.resource.at("path"))
        node = earlier
        for segment in segments:
            node = node.setdefault(segment, {})


_Tree = dict[str, "_Tree"]
"""Earlier routes by their methods, numbers of segments, and segments."""


def _matches(earlier: _Tree, segments: tuple[str, ...]) -> bool:
    """Return whether a route matches every path that these segments match."""
    nodes = [earlier]
    for segment in segments:
        nodes = [node[s] for node in nodes for s in {segment, "{}"} if s in node]
    return bool(nodes)


def in_order(operations: Sequence[ir.Route]) -> tuple[ir.Route, ...]:
    """Return operations in the order in which their routes are matched."""
    return literal_first(operations, _template)


def literal_first(
    routes: Sequence[_Route], template: Callable[[_Route], str]
) -> tuple[_Route, ...]:
    """Put literal segments before variables among routes of equal depth.

    A router takes the first route that matches, so routes that would be hidden move
    before the one that hides them. Other routes stay in place: routes of different
    depths don't compete. `template` returns a route without names of variables.
    """
    segments = [_segments(template(route)) for route in routes]
    depths: dict[int, list[int]] = {}
    for at, kinds in enumerate(segments):
        depths.setdefault(len(kinds), []).append(at)
    competing = [sorted(slots, key=segments.__getitem__) for slots in depths.values()]
    in_order: list[_Route] = []
    while competing := [slots for slots in competing if slots]:
        last = max(competing, key=lambda slots: slots[-1])
        in_order.append(routes[last.pop()])
    return tuple(reversed(in_order))


def _segments(template: str) -> tuple[int, ...]:
    """Return 0 for a literal segment, 1 for one with a variable, 2 for a variable."""
    return tuple(2 if s == "{}" else int("{}" in s) for s in template.split("/"))


def _template(operation: ir.Route) -> str:
    """Return a route without the names of its variables; its text has no braces."""
    return "".join(p if isinstance(p, str) else "{}" for p in operation.route)
