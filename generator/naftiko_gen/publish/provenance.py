"""The provenance and the origin of a package, which its manifest records."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.configuration.options import Delivery
from naftiko_gen.diagnostics import Severity, quote
from naftiko_gen.emit.files import package_root
from naftiko_gen.emit.runtime.source import runtime_record
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.manifest import Deployed, Provenance
from naftiko_gen.syntax import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics import Diagnostic, Plain
    from naftiko_gen.emit.package_files import Package
    from naftiko_gen.frontend import Reading
    from naftiko_gen.publish.manifest import Record


def provenance(
    reading: Reading,
    findings: Iterable[Diagnostic],
    package: Package,
    facts: Mapping[str, Plain],
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
        facts=facts,
        dependencies=package.dependencies,
        runtime=runtime_record() if is_copied else None,
    )


def recorded_origin(spec: Path, options: Options) -> str | None:
    """Return the path from a package to its spec, if its manifest is to record it."""
    return origin(spec, package_root(spec, options)) if options.records_origin else None


def origin(spec: Path, root: Path) -> str | None:
    """Return the path from a package to its spec, if they are in one project.

    Elsewhere the path would reveal details of the machine, and differ on others. A path
    in the manifest is kept, since a copy of a project may not look like one.
    """
    try:
        place, package = spec.parent.resolve() / spec.name, root.resolve()
        path = Path(os.path.relpath(place, package)).as_posix()
        common = Path(os.path.commonpath((place, package)))
    except (OSError, RuntimeError, ValueError):  # links in a circle, or two drives
        return None
    record = manifest.read(root)
    is_known = isinstance(record, manifest.Record) and record.origin == path
    return path if is_known or files.project_above(common) else None


def other_origin(
    root: Path, record: Record, provenance: Provenance | Deployed
) -> str | None:
    """Return the spec that a directory was made of, if it isn't this one.

    If the manifest has no path, the names of the files are compared. If only the new
    spec has no path, it counts as another one.
    """
    if record.origin is None:
        is_other = record.spec is not None and record.spec != provenance.spec
        return quote(record.spec) if is_other else None
    if record.origin == provenance.origin:
        return None
    return quote(os.path.normpath(root / record.origin))
