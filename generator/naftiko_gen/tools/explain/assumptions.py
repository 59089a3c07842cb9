"""What the compiler assumed, part by part of a capability."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from naftiko_gen import ir
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.resolve.origins import Origins
    from naftiko_gen.tools.explain.source_ranges import Extents, Part


@dataclass
class Assumptions:
    """The findings about a document, and where its parts stand."""

    origins: Origins
    extents: Extents
    findings: Sequence[Diagnostic]
    _about: dict[Part, list[int]] = field(init=False, default_factory=dict)
    """The findings about each part."""
    _told: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for number, found in enumerate(self.findings):
            for part in self.extents.parts(found):
                self._about.setdefault(part, []).append(number)

    def of_upstream(self, upstream: ir.Upstream) -> tuple[Diagnostic, ...]:
        """Return what was assumed about an upstream, its operations aside."""
        return self._tell(self.origins.blocks(upstream))

    def of_unit(self, exposed: ir.Exposed) -> tuple[Diagnostic, ...]:
        """Return what was assumed about a route or tool and its call."""
        return self._tell(self._parts(exposed))

    def others(self) -> tuple[Diagnostic, ...]:
        """Return what none of the others has returned before."""
        return tuple(f for i, f in enumerate(self.findings) if i not in self._told)

    def _parts(self, exposed: ir.Exposed) -> Iterator[Part]:
        unit = self.origins.unit(exposed)
        yield unit.model
        if unit.resource is not None:
            yield unit.resource
        yield unit.declared.resource
        yield unit.declared.operation

    def _tell(self, parts: Iterable[Part]) -> tuple[Diagnostic, ...]:
        about = sorted({i for part in parts for i in self._about.get(part, ())})
        self._told.update(about)
        return tuple(self.findings[i] for i in about)
