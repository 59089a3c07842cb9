"""Compares the compiler's verdict on documents with that of the official schemas."""

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from official_schemas import JsonPath, OfficialSchema

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Diagnostic, Severity
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

Json = Any
Pair = tuple[str, str]
SILENT = "-"
"""Stands for the code of a note where there is none."""
MOST_REFUSED = 30


@dataclass(frozen=True)
class Judged:
    """A document, and the compiler's diagnostics."""

    document: Json
    reading: frontend.Reading

    @property
    def errors(self) -> list[Diagnostic]:
        diagnostics = self.reading.diagnostics
        return [d for d in diagnostics if d.severity is Severity.ERROR]

    @cached_property
    def notes(self) -> Counter[tuple[str, str]]:
        """Return how often each code and message is there."""
        return Counter((d.code.slug, d.message) for d in self.reading.diagnostics)

    @property
    def is_accepted(self) -> bool:
        return self.reading.meaning is not None

    def path(self, diagnostic: Diagnostic) -> JsonPath | None:
        """Return the path of a diagnostic, None if it is in an imported file."""
        span = diagnostic.span
        if span is None or span.origin is not None:
            return None
        return self._paths.get((span.line, span.column))

    @cached_property
    def _paths(self) -> dict[tuple[int, int], JsonPath]:
        tree = self.reading.document
        return dict(_paths(tree)) if tree else {}


def _paths(
    node: Node, path: JsonPath = ()
) -> Iterator[tuple[tuple[int, int], JsonPath]]:
    """Yield the places of keys and values with their paths, outer ones first."""
    yield (node.span.line, node.span.column), path
    match node:
        case Mapping(entries=entries):
            for entry in entries:
                inner = (*path, entry.key)
                yield (entry.span.line, entry.span.column), inner
                yield from _paths(entry.value, inner)
        case Sequence(items=items):
            for index, item in enumerate(items):
                yield from _paths(item, (*path, index))
        case _:
            return


@dataclass(frozen=True)
class Compiler:
    """Reads documents as files of a directory, which they may import from."""

    directory: Path
    name: str = "spec.yaml"

    def judge(self, document: Json) -> Judged:
        content = json.dumps(document, indent=1).encode()
        spec = self.directory / self.name
        return Judged(document, frontend.read(spec, Options(Path()), content))


def refusals(compiler: Compiler, schema: OfficialSchema, document: Json) -> set[Pair]:
    """Return why a valid document is refused: codes, and the properties of the places.

    A refused element is taken out, as it may hide others.
    """
    pairs: set[Pair] = set()
    for _ in range(MOST_REFUSED):
        verdict = compiler.judge(document)
        if verdict.is_accepted:
            return pairs
        paths = [(error, verdict.path(error)) for error in verdict.errors]
        for error, path in paths:
            place = schema.place(document, path) if path is not None else "import"
            pairs.add((error.code.slug, place))
        removable = next((p for _, p in paths if p), None)
        if removable is None:
            return pairs
        document = _without(document, removable)
        if not schema.is_valid(document):
            return pairs
    return pairs


def simplify(
    compiler: Compiler, schema: OfficialSchema, document: Json
) -> Judged | None:
    """Return a valid document without its refused elements, or None."""
    for _ in range(MOST_REFUSED):
        verdict = compiler.judge(document)
        if verdict.is_accepted:
            return verdict
        paths = (verdict.path(error) for error in verdict.errors)
        removable = next(filter(None, paths), None)
        if removable is None:
            return None
        document = _without(document, removable)
        if not schema.is_valid(document):
            return None
    return None


def is_complete(verdict: Judged) -> bool:
    """Return whether no adapter is left out, as its errors are then as well."""
    return not any(code == "dropped-adapter" for code, _ in verdict.notes)


def _without(document: Json, path: JsonPath) -> Json:
    copy = deepcopy(document)
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return copy


def acceptances(
    compiler: Compiler, schema: OfficialSchema, document: Json, original: Judged
) -> set[Pair]:
    """Return the broken rules of an accepted document, with the codes of new notes."""
    verdict = compiler.judge(document)
    rules = schema.broken_rules(document)
    if not verdict.is_accepted or not rules:
        return set()
    codes = {code for code, _ in verdict.notes - original.notes} or {SILENT}
    return {(code, rule) for rule in rules for code in codes}
