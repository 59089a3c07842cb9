"""Applying the steps to a spec, and checking each time that its meaning is the same.

The proposals of rules are guesses until the compiler has read the edited spec. Edits
are kept only if the intermediate representation stays equal and fewer diagnostics are
left, without a new one. The package is generated only from that representation, so it
stays the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.frontend import Reading
from naftiko_gen.ir import Capability
from naftiko_gen.syntax.editing.document_text import Text
from naftiko_gen.tools.fix.context import FixContext, Proposal
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.rules import ERRORS, LAST_STEPS, STEPS, Steps, proposals

_Meaning = Callable[[Capability], Capability]
"""Returns the part of a capability that must stay the same."""


def _whole(capability: Capability) -> Capability:
    return capability


_MEANINGS: dict[Code, _Meaning] = {Code.UNSAFE_HINT: without_hints}
"""The parts that must stay the same in steps that change the meaning of a spec."""
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
    reading: frontend.Reading,
    content: bytes,
    options: Options,
    importers: Importers | None = None,
) -> Repair:
    """Write the assumptions about a valid spec into its content."""
    state = _State(reading.spec, options, content, reading, importers)
    before = None
    # Steps that would have added an extension can succeed once it is acknowledged.
    while state is not before:
        before, state = state, _repeat(_repeat(state, STEPS), LAST_STEPS)
    counts = _count_codes(reading.diagnostics) - _count_codes(state.findings)
    return Repair(state.content, counts, state.findings)


def _repeat(state: _State, steps: Steps) -> _State:
    """Repeat the steps until none makes a difference.

    A step can depend on the edits of a later one, and a second run of the command must
    have no effect.
    """
    before = None
    while state is not before:
        before, state = state, _with_steps(state, steps)
    return state


def _with_steps(state: _State, steps: Steps) -> _State:
    for code, rule in steps:
        if any(finding.code is code for finding in state.findings):
            candidates = proposals(state.context, code, rule)
            state = state.with_those(candidates, _MEANINGS.get(code, _whole))
    return state


@dataclass(frozen=True)
class _State:
    """A content of the spec, and the compiler's reading of it."""

    spec: Path
    options: Options
    content: bytes
    reading: frontend.Reading
    importers: Importers | None
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
        text = Text.of(self.content, root)
        return FixContext(text, self.reading.meaning, self.findings)

    def with_those(self, candidates: Sequence[Proposal], meaning: _Meaning) -> _State:
        """Apply the proposals that keep the meaning; halve a batch that changes it."""
        if not candidates:
            return self
        accepted_proposals: tuple[Proposal, ...] = ()
        state = self
        text = self.context.text
        batches = [tuple(candidates)]
        for _ in range(_TRIALS):
            if not batches:
                break
            batch = batches.pop()
            better = self._edit(text, (*accepted_proposals, *batch), state, meaning)
            if better is not None:
                accepted_proposals, state = (*accepted_proposals, *batch), better
            elif len(batch) > 1:
                middle = len(batch) // 2
                batches += [batch[middle:], batch[:middle]]
        return state

    def _edit(
        self,
        text: Text,
        proposals: Sequence[Proposal],
        before: _State,
        meaning: _Meaning,
    ) -> _State | None:
        """Return the spec after edits; None if its meaning changes or none helps."""
        content = text.apply({edit for proposal in proposals for edit in proposal})
        if content is None:
            return None
        change = (sha256(self.content).digest(), sha256(content).digest())
        if change in self.refused:
            return None
        reading = read(self.spec, self.options, content)
        after = replace(self, content=content, reading=reading)
        is_better = after.is_better_than(before, meaning)
        if is_better and (not self.importers or self.importers.allow(content)):
            return after
        self.refused.add(change)
        return None

    def is_better_than(self, before: _State, meaning: _Meaning) -> bool:
        old, new = before.reading.meaning, self.reading.meaning
        if old is None or new is None:
            return False
        if meaning(old.capability) != meaning(new.capability):
            return False
        is_less = len(self.findings) < len(before.findings)
        return is_less and _count_codes(self.findings) <= _count_codes(before.findings)


def _count_codes(findings: Sequence[Diagnostic]) -> Counter[Code]:
    return Counter(diagnostic.code for diagnostic in findings)


# --- specs that import a fixed spec ---------------------------------------------


@dataclass(frozen=True)
class Importers:
    """The known importers of a spec, and their meanings.

    Attributes:
        imported: The real path of the spec.
        contents: The future contents of files, by their real paths.
    """

    imported: Path
    specs: tuple[Reading, ...]
    contents: dict[Path, bytes]
    options: Options

    def allow(self, content: bytes) -> bool:
        """Return whether the importers mean the same with a new content of the spec."""
        contents = {**self.contents, self.imported: content}
        return all(self._means_the_same(reading, contents) for reading in self.specs)

    def _means_the_same(self, before: Reading, contents: dict[Path, bytes]) -> bool:
        own = contents.get(before.spec.resolve())
        after = frontend.read(before.spec, self.options, own, contents)
        if before.meaning is None or after.meaning is None:
            return False
        return before.meaning.capability == after.meaning.capability


@dataclass
class Neighbours:
    """Specs that may import each other, and their future contents."""

    options: Options
    _specs: dict[Path, Reading] = field(default_factory=dict)
    _contents: dict[Path, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, specs: Iterable[Path], options: Options) -> Neighbours:
        """Read the specs, if there are several."""
        paths = {spec.resolve(): spec for spec in specs}
        several = paths if len(paths) > 1 else {}
        readings = {
            path: frontend.read(spec, options) for path, spec in several.items()
        }
        return cls(options, readings)

    def importers(self, spec: Path) -> Importers:
        """Return the direct and indirect importers of a spec."""
        path = spec.resolve()
        importing = [
            reading
            for reading in self._specs.values()
            if path in reading.imported_files
        ]
        usable = tuple(reading for reading in importing if reading.meaning)
        return Importers(path, usable, self._contents, self.options)

    def in_order(self, specs: Iterable[Path]) -> list[Path]:
        """Return specs in an order in which each spec comes after its importers."""
        return sorted(specs, key=lambda spec: len(self.importers(spec).specs))

    def hold(self, spec: Path, content: bytes) -> None:
        """Set the future content of a spec."""
        path = spec.resolve()
        if path in self._specs:
            self._contents[path] = content
            self._specs[path] = frontend.read(
                spec, self.options, content, self._contents
            )
