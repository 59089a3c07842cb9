"""Applying the steps to a spec, and checking each time that its meaning is the same.

The proposals of rules are guesses until the compiler has read the edited spec. Edits
are kept only if the intermediate representation stays equal and fewer diagnostics are
left, without a new one. The package is generated only from that representation, so it
stays the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from os.path import realpath
from pathlib import Path

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.frontend import Reading
from naftiko_gen.ir import Capability
from naftiko_gen.syntax.editing.document_text import Text
from naftiko_gen.syntax.editing.editor import Proposal
from naftiko_gen.tools.fix.context import FixContext
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.rules import ERRORS, LAST_STEPS, STEPS, Steps, proposals

_TRIALS = 64
"""Readings of the spec per step; proposals beyond that are left untried."""


def read(
    spec: Path, options: Options, content: bytes | None = None
) -> frontend.Reading:
    """Read a spec, which may have errors that steps can correct."""
    return frontend.read(spec, options, content, tolerated_codes=ERRORS)


@dataclass(frozen=True)
class Repair:
    """A spec with written assumptions.

    Attributes:
        content: The new content of the file.
        fixed: The number of diagnostics that are gone, by code.
        left: The remaining diagnostics.
    """

    content: bytes
    fixed: Counter[Code]
    left: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Return whether an error is left, which no step could correct."""
        return any(diagnostic.code in ERRORS for diagnostic in self.left)


def repair_spec(
    reading: frontend.Reading, options: Options, neighbours: Neighbours | None = None
) -> Repair:
    """Write the assumptions about a valid spec into its content."""
    state = _State(options, reading, neighbours or Neighbours(options))
    before = None
    # Steps that would have added an extension can succeed once it is acknowledged.
    while state is not before:
        before, state = state, _repeat(_repeat(state, STEPS), LAST_STEPS)
    counts = _count_codes(reading.diagnostics) - _count_codes(state.findings)
    return Repair(state.reading.content, counts, state.findings)


def _repeat(state: _State, steps: Steps) -> _State:
    """Repeat the steps until none makes a difference.

    A step can depend on the edits of a later one, and a second run of the command must
    have no effect.
    """
    before = None
    while state is not before:
        before = state
        for code, rule in steps:
            if any(finding.code is code for finding in state.findings):
                state = state.with_those(proposals(state.context, code, rule), code)
    return state


@dataclass(frozen=True)
class _State:
    """The compiler's reading of a content of the spec."""

    options: Options
    reading: Reading
    neighbours: Neighbours
    refused: set[tuple[bytes, bytes]] = field(default_factory=set)
    """Digests of contents, at the start of a step and after edits that don't help.

    An accepted edit means the same as the start and has fewer diagnostics, so a content
    that wasn't better than the start, or than the last accepted edit, never will be.
    """

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        return self.reading.diagnostics

    @cached_property
    def context(self) -> FixContext:
        """Return the context for rules."""
        root = self.reading.document
        if root is None or self.reading.meaning is None:
            raise AssertionError("a spec with a meaning can be read")
        text = Text.of(self.reading.content, root)
        return FixContext(text, self.reading.meaning, self.findings)

    def with_those(self, candidates: Sequence[Proposal], code: Code) -> _State:
        """Apply the proposals that keep the meaning; halve a batch that changes it."""
        accepted_proposals: tuple[Proposal, ...] = ()
        state = self
        batches = [tuple(candidates)] if candidates else []
        for _ in range(_TRIALS):
            if not batches:
                break
            batch = batches.pop()
            better = self._edit((*accepted_proposals, *batch), state, code)
            if better is not None:
                accepted_proposals, state = (*accepted_proposals, *batch), better
            elif len(batch) > 1:
                middle = len(batch) // 2
                batches += [batch[middle:], batch[:middle]]
        return state

    def _edit(
        self, proposals: Sequence[Proposal], before: _State, code: Code
    ) -> _State | None:
        """Return the spec after edits; None if its meaning changes or none helps."""
        text, spec = self.context.text, self.reading.spec
        content = text.apply({edit for proposal in proposals for edit in proposal})
        if content is None:
            return None
        change = (sha256(self.reading.content).digest(), sha256(content).digest())
        if change in self.refused:
            return None
        after = replace(self, reading=read(spec, self.options, content))
        if after.is_better_than(before, code) and self.neighbours.allow(spec, content):
            return after
        self.refused.add(change)
        return None

    def is_better_than(self, before: _State, code: Code) -> bool:
        old, new = before.reading.meaning, self.reading.meaning
        if old is None or new is None:
            return False
        if _meaning(old.capability, code) != _meaning(new.capability, code):
            return False
        is_less = len(self.findings) < len(before.findings)
        return is_less and _count_codes(self.findings) <= _count_codes(before.findings)


def _meaning(capability: Capability, code: Code) -> Capability:
    """Return the part of a capability that steps for a code must keep."""
    return without_hints(capability) if code is Code.UNSAFE_HINT else capability


def _count_codes(findings: Sequence[Diagnostic]) -> Counter[Code]:
    return Counter(diagnostic.code for diagnostic in findings)


# --- specs that import a fixed spec ---------------------------------------------


@dataclass
class Neighbours:
    """Specs that may import each other, by their real paths, and future contents."""

    options: Options
    _specs: dict[Path, Reading] = field(default_factory=dict)
    _contents: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, specs: Iterable[Path], options: Options) -> Neighbours:
        """Read the specs, if there are several."""
        paths = {_real(spec): spec for spec in specs}
        several = paths if len(paths) > 1 else {}
        readings = {
            path: frontend.read(spec, options) for path, spec in several.items()
        }
        return cls(options, readings)

    def _importers(self, spec: Path) -> list[Reading]:
        """Return the direct and indirect importers of a spec."""
        path, readings = _real(spec), self._specs.values()
        return [r for r in readings if r.meaning and path in r.imported_files]

    def in_order(self, specs: Iterable[Path]) -> list[Path]:
        """Return specs in an order in which each spec comes after its importers."""
        return sorted(specs, key=lambda spec: len(self._importers(spec)))

    def hold(self, spec: Path, content: bytes) -> None:
        """Set the future content of a spec."""
        path = _real(spec)
        if path in self._specs:
            self._contents[path] = content
            self._specs[path] = frontend.read(
                spec, self.options, content, self._contents
            )

    def allow(self, spec: Path, content: bytes) -> bool:
        """Return whether the importers mean the same with a new content of a spec."""
        contents = {**self._contents, _real(spec): content}
        return all(
            self._means_the_same(reading, contents) for reading in self._importers(spec)
        )

    def _means_the_same(self, before: Reading, contents: dict[Path, bytes]) -> bool:
        own = contents.get(_real(before.spec))
        after = frontend.read(before.spec, self.options, own, contents)
        if before.meaning is None or after.meaning is None:
            return False
        return before.meaning.capability == after.meaning.capability


def _real(spec: Path) -> Path:
    # `Path.resolve` fails on a link in a circle; reading the spec reports it.
    return Path(realpath(spec))
