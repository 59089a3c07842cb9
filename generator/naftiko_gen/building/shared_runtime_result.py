"""The result of a run for the runtime that the packages of a directory share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.building.batch import Changes, SpecResult
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.report import Diagnostic
from naftiko_gen.publish import disk, shared_runtime
from naftiko_gen.publish.diff import removal_diff
from naftiko_gen.publish.outcome import Failed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from naftiko_gen.configuration.options import Options


def shared_runtime_result(
    results: Sequence[SpecResult], options: Options, *, wants_diff: bool
) -> SpecResult | None:
    """Return the changes of the shared runtime; None if it stays as it is.

    A copy that no package imports any more is removed, unless the run is dry.
    """
    root = shared_runtime.shared_root(options.output)
    packages = [r.outcome for r in results if isinstance(r.outcome, Changes)]
    all_changes = (package.shared for package in packages if package.shared)
    changes = next(all_changes, None)
    if changes is not None:
        return SpecResult(root, {}, (), changes)
    using = [package.root for package in packages if package.shares_runtime]
    others = [package.root for package in packages if not package.shares_runtime]
    try:
        return _without_unused(options, using, others, wants_diff=wants_diff)
    except disk.PublicationError as error:
        problem = Diagnostic(Code.UNUSABLE_OUTPUT, str(error), str(root))
        return SpecResult(root, {}, (problem,), Failed())


def _without_unused(
    options: Options, using: list[Path], others: list[Path], *, wants_diff: bool
) -> SpecResult | None:
    find = shared_runtime.unused_files if options.dry else shared_runtime.remove_unused
    root = shared_runtime.shared_root(options.output)
    paths = find(options.output, using, others)
    diff = removal_diff(root, paths) if wants_diff else ""
    changes = Changes(root, (), (), paths, diff)
    return SpecResult(root, {}, (), changes) if paths else None
