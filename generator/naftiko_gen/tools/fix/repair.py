"""Applies the steps to a document, and proves each time that its meaning is the same.

What a rule proposes is a guess until the compiler has read it: edits count only if the
intermediate representation stays equal, fewer findings are left, and none is new.
Since the package is made of that representation alone, it is the same as well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from naftiko_gen import frontend
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.syntax.editing.document_text import Text
from naftiko_gen.syntax.reader import load
from naftiko_gen.tools.fix.context import Reading
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.rules import LAST_STEPS, STEPS, proposals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.ir import Capability
    from naftiko_gen.tools.fix.context import Proposal
    from naftiko_gen.tools.fix.importers import Importers
    from naftiko_gen.tools.fix.rules import Steps

    _Meant = Callable[[Capability], Capability]
    """Returns what of a capability has to stay the same."""


def _whole(capability: Capability) -> Capability:
    return capability


_MEANINGS: dict[Code, _Meant] = {Code.UNSAFE_HINT: without_hints}
"""What has to stay the same in the steps that change what a spec means."""
_TRIALS = 64
"""How often a step may have the document read; what it couldn't try then is left."""


@dataclass(frozen=True)
class Repaired:
    """A document that says what was assumed about it.

    Attributes:
        content: The file as it should be.
        fixed: How many findings each code had that are gone.
        left: The findings that remain.
    """

    content: bytes
    fixed: Counter[Code]
    left: tuple[Diagnostic, ...]


def repaired(
    found: frontend.Reading,
    content: bytes,
    options: Options,
    importers: Importers | None = None,
) -> Repaired:
    """Return a spec that has a meaning, with what was assumed written down."""
    state = _State(found.spec, options, content, found, importers)
    before = None
    # What is acknowledged can be repeated, where it would have been one finding more.
    while state is not before:
        before, state = state, _exhausted(_exhausted(state, STEPS), LAST_STEPS)
    fixed = _counted(found.diagnostics) - _counted(state.findings)
    return Repaired(state.content, fixed, state.findings)


def _exhausted(state: _State, steps: Steps) -> _State:
    """Take steps until none makes a difference.

    What one of them wrote can be what an earlier one needed, and a second run must find
    nothing that the first one has left.
    """
    before = None
    while state is not before:
        before, state = state, _with_steps(state, steps)
    return state


def _with_steps(state: _State, steps: Steps) -> _State:
    for code, rule in steps:
        if any(found.code is code for found in state.findings):
            proposed = proposals(state.reading, code, rule)
            state = state.with_those(proposed, _MEANINGS.get(code, _whole))
    return state


@dataclass(frozen=True)
class _State:
    """A content of the document, and what the compiler finds in it."""

    spec: Path
    options: Options
    content: bytes
    found: frontend.Reading
    importers: Importers | None
    refused: set[tuple[bytes, bytes]] = field(default_factory=set)
    """Digests of contents, before and after, that were read and found to do harm."""

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        return self.found.diagnostics

    @cached_property
    def reading(self) -> Reading:
        """Return the content as the rules read it."""
        root = load(self.content, Report(str(self.spec)))
        if root is None or self.found.meaning is None:
            raise AssertionError("what has a meaning can be read")
        text = Text.of(self.content, root)
        return Reading(text, self.found.meaning, self.findings)

    def with_those(self, proposed: Sequence[Proposal], meant: _Meant) -> _State:
        """Return what these proposals make of it, without those that do harm."""
        if not proposed:
            return self
        kept: tuple[Proposal, ...] = ()
        state = self
        text = self.reading.text
        batches = [tuple(proposed)]
        for _ in range(_TRIALS):
            if not batches:
                break
            batch = batches.pop()
            better = self._edited(text, (*kept, *batch), state, meant)
            if better is not None:
                kept, state = (*kept, *batch), better
            elif len(batch) > 1:
                middle = len(batch) // 2
                batches += [batch[middle:], batch[:middle]]
        return state

    def _edited(
        self,
        text: Text,
        proposed: Sequence[Proposal],
        before: _State,
        meant: _Meant,
    ) -> _State | None:
        """Return the document after these edits, unless they change what it means."""
        content = text.edited({edit for each in proposed for edit in each})
        if content is None:
            return None
        change = (sha256(before.content).digest(), sha256(content).digest())
        if change in self.refused:
            return None
        found = frontend.read(self.spec, self.options, content)
        after = replace(self, content=content, found=found)
        is_better = after.is_better_than(before, meant)
        if is_better and (not self.importers or self.importers.allow(content)):
            return after
        self.refused.add(change)
        return None

    def is_better_than(self, before: _State, meant: _Meant) -> bool:
        old, new = before.found.meaning, self.found.meaning
        if old is None or new is None:
            return False
        if meant(old.capability) != meant(new.capability):
            return False
        is_less = len(self.findings) < len(before.findings)
        return is_less and _counted(self.findings) <= _counted(before.findings)


def _counted(findings: Sequence[Diagnostic]) -> Counter[Code]:
    return Counter(found.code for found in findings)
