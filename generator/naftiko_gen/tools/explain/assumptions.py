"""The compiler's assumptions, by part of a capability."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.resolve.origins import Origins
    from naftiko_gen.tools.explain.source_ranges import Part, SourceRanges


@dataclass
class Assumptions:
    """The diagnostics of a spec, grouped by the part that they are about."""

    origins: Origins
    ranges: SourceRanges
    findings: Sequence[Diagnostic]
    _about: dict[Part, list[int]] = field(init=False, default_factory=dict)
    """Indexes of the diagnostics about each part."""
    _returned: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for number, diagnostic in enumerate(self.findings):
            for part in self.ranges.parts(diagnostic):
                self._about.setdefault(part, []).append(number)

    def of_upstream(self, upstream: ir.Upstream) -> tuple[Diagnostic, ...]:
        """Return the assumptions about an upstream, but not about its operations."""
        return self._take(self.origins.blocks(upstream))

    def of_unit(self, unit: ir.Exposed) -> tuple[Diagnostic, ...]:
        """Return the assumptions about a route or tool and its call."""
        return self._take(self._parts(unit))

    def others(self) -> tuple[Diagnostic, ...]:
        """Return the assumptions that no other method has returned so far."""
        return tuple(f for i, f in enumerate(self.findings) if i not in self._returned)

    def _parts(self, exposed: ir.Exposed) -> Iterator[Part]:
        unit = self.origins.unit(exposed)
        yield unit.model
        if unit.resource is not None:
            yield unit.resource
        for caller in unit.callers:
            yield caller.declared.resource
            yield caller.declared.operation

    def _take(self, parts: Iterable[Part]) -> tuple[Diagnostic, ...]:
        about = sorted({i for part in parts for i in self._about.get(part, ())})
        self._returned.update(about)
        return tuple(self.findings[i] for i in about)
