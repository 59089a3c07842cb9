"""The provenance of a package, which its manifest records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.diagnostics.codes import Severity
from naftiko_gen.emit.package.facts import facts
from naftiko_gen.emit.runtime.source import runtime_record
from naftiko_gen.publish import disk
from naftiko_gen.publish.manifest import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.package_files import Package
    from naftiko_gen.frontend import Reading


def provenance(
    reading: Reading, findings: Iterable[Diagnostic], package: Package
) -> Provenance:
    """Return the files that a package is compiled from, and counts of the findings.

    The counts don't depend on the user's severities, so that the manifest doesn't.
    """
    counts = Counter(
        finding.severity for finding in findings if not finding.acknowledged
    )
    imports = {name: disk.digest(file) for name, file in reading.imports.items()}
    is_copied = package.runtime is Delivery.VENDORED
    return Provenance(
        spec=package.shown_source,
        digest=disk.digest(reading.content),
        imports=imports,
        warnings=counts[Severity.WARNING],
        notes=counts[Severity.NOTE],
        facts=facts(package.capability),
        dependencies=package.dependencies,
        runtime=runtime_record() if is_copied else None,
    )
