"""References to steps, in templates and in JSONPaths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import json_path
from naftiko_gen.language.json_paths import PathError, step_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.ir import PathSegment
    from naftiko_gen.resolve.call_targets import Targets

    Path = tuple[PathSegment, ...]
    Names = Mapping[str, Path]
    """Declared names of parts of an answer, with their paths."""


@dataclass(frozen=True)
class StepScope:
    """The steps of a flow, and which of them have answered at a place in it.

    Attributes:
        names: The names that the operation of each step declares, by step.
        answered: The steps before that place, in the order of the spec.
    """

    names: Mapping[str, Names] = field(default_factory=dict)
    answered: tuple[str, ...] = ()

    def before(self, step: str) -> StepScope:
        """Return the scope of a step: it may refer to earlier ones."""
        return replace(self, answered=self.answered[: self.answered.index(step)])

    def has(self, text: str) -> bool:
        """Return whether a name, or a path without `$.`, starts with a step."""
        return self._step(text) is not None

    def refers(self, text: str) -> bool:
        """Return whether a whole text is a reference to a step, known or not."""
        return bool(self.names) and text.strip().startswith("$.")

    def value(self, text: str, span: Span, report: Report) -> ir.StepValue:
        """Return the value of a reference; report a wrong one.

        Names that the operation of a step declares stand for their paths. They are
        relative to the elements if the answer is an array.
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
            return ir.StepValue(step, self.in_answer(step, path[1:]))
        if "{{" in text.strip().removeprefix("{{"):
            raise PathError("a query can't have placeholders")
        _, query = step_query(text)
        if query.is_singular:
            return ir.StepValue(step, self.in_answer(step, query.steps))
        return ir.StepValue(step, (), self._query_in_answer(step, query))

    def _query_in_answer(self, step: str, query: ir.Query) -> ir.Query:
        """Return a query in the answer of a step, with declared names replaced.

        Raises:
            PathError: A declared name stands where it might mean another member.
        """
        paths = self.names.get(step, {})
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
        names = self.names.get(step, {})
        for at, segment in enumerate(path):
            if isinstance(segment, str):
                replacement = names.get(segment, (segment,))
                return (*path[:at], *replacement, *path[at + 1 :])
        return path

    def _step(self, text: str) -> str | None:
        if not self.names:
            return None
        match self._path(text):
            case None:
                name = _queried_step(text)
            case (str() as name, *_):
                pass
            case _:
                return None
        return name if name in self.names else None

    def _path(self, text: str) -> Path | None:
        """Return the path of a reference; the name of a step alone is one, too."""
        name = text.strip()
        return (name,) if name in self.names else json_path(text)

    def _report_unknown(self, text: str, span: Span, report: Report) -> None:
        step = self._step(text)
        if step is not None:
            message = f"{quote(text)} refers to a step that hasn't answered yet"
            report.add(Code.UNKNOWN_STEP, message, span)
            return
        name = text.strip().removeprefix("$.").partition(".")[0]
        close = nearest(name, self.answered)
        hint = f"did you mean {quote(close)}?" if close else None
        message = f"{quote(text)} refers to no step of this flow"
        report.add(Code.UNKNOWN_STEP, message, span, hint)


def _queried_step(text: str) -> str | None:
    try:
        return step_query(text)[0]
    except PathError:
        return None


def _segment(step: PathSegment) -> ir.Segment:
    return ir.Child((ir.Every.VALUE if isinstance(step, ir.Each) else step,))


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
    names = {step.name: _declared_names(step, targets) for step in steps}
    return StepScope(names, tuple(names))


def _declared_names(step: models.Step, targets: Targets) -> Names:
    match step:
        case models.CallStep():
            outputs = targets[step].operation.outputs if step in targets else []
            paths = ((output.name, json_path(output.value)) for output in outputs)
            return {name: path for name, path in paths if path is not None}
        case models.LookupStep() | models.ScriptStep():
            return {}
