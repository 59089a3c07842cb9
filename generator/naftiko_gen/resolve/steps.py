"""References to steps, in templates and in JSONPaths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote, suggestion
from naftiko_gen.ir import PathSegment
from naftiko_gen.language import models
from naftiko_gen.language.expressions import json_path
from naftiko_gen.language.json_paths import PathError, path_or_query, step_query
from naftiko_gen.resolve.catalogue import DeclaredOperation
from naftiko_gen.resolve.templates import constant_of
from naftiko_gen.resolve.types import type_of

Path = tuple[PathSegment, ...]
Names = Mapping[str, Path]
"""Declared names of parts of an answer, with their paths."""
Targets = Mapping[models.CallStep, DeclaredOperation]
"""The operations that steps call."""
View = tuple[ir.DeclaredOutput, ...]
"""The outputs that the operation of a step declares."""


@dataclass(frozen=True)
class StepScope:
    """The steps of a flow, and which of them have answered at a place in it.

    Attributes:
        views: The outputs that the operation of each step declares.
        answered: The steps before that place, in the order of the spec.
    """

    views: Mapping[str, View] = field(default_factory=dict)
    answered: tuple[str, ...] = ()

    def before(self, step: str) -> StepScope:
        """Return the scope of a step: it may refer to earlier ones."""
        return replace(self, answered=self.answered[: self.answered.index(step)])

    def has(self, text: str) -> bool:
        """Return whether a name, or a path without `$.`, starts with a step."""
        return self._step(text) is not None

    def refers(self, text: str) -> bool:
        """Return whether a whole text is a reference to a step, known or not."""
        return bool(self.views) and text.strip().startswith("$.")

    def value(self, text: str, span: Span, report: Report) -> ir.StepValue:
        """Return the value of a reference; report a wrong one.

        Names that the operation of a step declares stand for their paths. They are
        relative to the elements if the answer is an array. The whole answer, its
        elements and declared outputs without a path are parts of the view.
        """
        step = self._step(text) or ""
        try:
            value = self._value(text, step)
        except PathError as error:
            message = f"{quote(text)} isn't supported: {error}"
            report.add(Code.UNSUPPORTED_JSONPATH, message, span)
            value = ir.StepValue(step, ())
        if step not in self.answered:
            self._report_unknown(text, span, report)
        return value

    def _value(self, text: str, step: str) -> ir.StepValue:
        """Return the value of a reference; raises PathError."""
        path = self._path(text)
        if path is not None:
            return self.part(step, path[1:])
        if "{{" in text.strip().removeprefix("{{"):
            raise PathError("a query can't have placeholders")
        _, query = step_query(text)
        if query.is_singular:
            return self.part(step, query.steps)
        is_viewed = _finds_elements(query) or any(
            self.has_value(step, name) for name in ir.names(query)
        )
        view = self._view(step) if is_viewed else ()
        return ir.StepValue(step, (), self._query_in_answer(step, query), view)

    def part(self, step: str, path: Path) -> ir.StepValue:
        """Return the value at a path in the answer of a step."""
        name = next((key for key in path if isinstance(key, str)), None)
        if name is None or self.has_value(step, name):
            return ir.StepValue(step, path, view=self._view(step))
        return ir.StepValue(step, self.in_answer(step, path))

    def has_value(self, step: str, name: str) -> bool:
        """Return whether a name is a declared output that isn't a path."""
        outputs = (output.name for output in self._view(step))
        return name in outputs and name not in self._paths(step)

    def _view(self, step: str) -> View:
        return self.views.get(step, ())

    def _paths(self, step: str) -> Names:
        outputs = ((output.name, output.source) for output in self._view(step))
        return {name: path for name, path in outputs if isinstance(path, tuple)}

    def _query_in_answer(self, step: str, query: ir.Query) -> ir.Query:
        """Return a query in the answer of a step, with declared names replaced."""
        paths = self._paths(step)
        for at, segment in enumerate(query.segments):
            match segment:
                case ir.Child(selectors=(str() as name,)):
                    replacement = map(_segment, paths.get(name, (name,)))
                    before, after = query.segments[:at], query.segments[at + 1 :]
                    return replace(query, segments=(*before, *replacement, *after))
                case ir.Child(selectors=(int() | ir.Every() | ir.Slice(),)):
                    pass
                case _:
                    rest = replace(query, segments=query.segments[at:])
                    _check_names(rest, paths)
                    break
        return query

    def in_answer(self, step: str, path: Path) -> Path:
        """Return a path in the answer of a step, with declared names replaced."""
        names = self._paths(step)
        for at, segment in enumerate(path):
            if isinstance(segment, str):
                replacement = names.get(segment, (segment,))
                return (*path[:at], *replacement, *path[at + 1 :])
        return path

    def _step(self, text: str) -> str | None:
        if not self.views:
            return None
        match self._path(text):
            case None:
                name = _queried_step(text)
            case (str() as name, *_):
                pass
            case _:
                return None
        return name if name in self.views else None

    def _path(self, text: str) -> Path | None:
        """Return the path of a reference; only the name of a step is one, too."""
        name = text.strip()
        return (name,) if name in self.views else json_path(text)

    def _report_unknown(self, text: str, span: Span, report: Report) -> None:
        step = self._step(text)
        if step is not None:
            message = f"{quote(text)} refers to a step that hasn't answered yet"
            report.add(Code.UNKNOWN_STEP, message, span)
            return
        name = text.strip().removeprefix("$.").partition(".")[0]
        message = f"{quote(text)} refers to no step of this flow"
        report.add(Code.UNKNOWN_STEP, message, span, suggestion(name, self.answered))


def _queried_step(text: str) -> str | None:
    try:
        return step_query(text)[0]
    except PathError:
        return None


def _segment(step: PathSegment) -> ir.Segment:
    return ir.Child((ir.Every.VALUE if isinstance(step, ir.Each) else step,))


def _finds_elements(query: ir.Query) -> bool:
    """Return whether the results of a query are elements of an array."""
    match query.segments:
        case (ir.Child(selectors=selectors),):
            return not any(isinstance(selector, str) for selector in selectors)
        case _:
            return False


def _check_names(query: ir.Query, paths: Names) -> None:
    for name in ir.names(query):
        if paths.get(name, (name,)) != (name,):
            raise PathError(
                f"{name!r} is the name of an output of the operation, and has no clear"
                " meaning in a filter or behind '..'"
            )


NO_STEPS = StepScope()
"""The scope of units that have no steps."""


def step_scope(steps: Sequence[models.Step], targets: Targets) -> StepScope:
    """Return the scope after all steps."""
    views = {step.name: _declared_view(step, targets) for step in steps}
    return StepScope(views, tuple(views))


def _declared_view(step: models.Step, targets: Targets) -> View:
    if not isinstance(step, models.CallStep) or step not in targets:
        return ()
    outputs = targets[step].operation.outputs
    sources = ((output, _source(output)) for output in outputs)
    return tuple(
        ir.DeclaredOutput(output.name, source, type_of(output.type))
        for output, source in sources
        if source is not None
    )


def _source(output: models.ConsumedOutput) -> Path | ir.Query | ir.Constant | None:
    """Return the value of a declared output, None if its path is ignored."""
    if not output.is_path:
        return constant_of(output.value, type_of(output.type))
    try:
        return path_or_query(output.value)
    except PathError:
        return None
