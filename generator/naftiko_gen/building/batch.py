"""Many specs in one run: compiled one after another, or in parallel processes.

Results come in the order of the specs in both cases.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.cache.reuse import RuntimeCheck, up_to_date
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.pipeline import compile_anew
from naftiko_gen.publish import disk, manifest
from naftiko_gen.publish.diff import unified_diff
from naftiko_gen.publish.outcome import Compiled, Failed, UpToDate
from naftiko_gen.syntax import files as spec_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.emit.tools.lists import ToolList
    from naftiko_gen.publish.outcome import Outcome, Result
    from naftiko_gen.publish.plan import Plan

FEW = 8
"""Up to this number of specs, starting processes takes longer than compiling."""


_ABOUT_OTHER_FILES = frozenset(
    {
        Code.BROKEN_MANIFEST,
        Code.DUPLICATE_PACKAGE,
        Code.EDITED_GENERATED_FILE,
        Code.FOREIGN_MODULE,
        Code.FOREIGN_PACKAGE,
        Code.IMPORT_CYCLE,
        Code.IMPORT_NOT_FOUND,
        Code.TOO_MANY_IMPORTS,
        Code.UNREADABLE_FILE,
        Code.UNUSABLE_IMPORT,
        Code.UNUSABLE_OUTPUT,
    }
)
"""Errors that may vanish although the files that were read don't change."""


class WorkerLostError(Exception):
    """A process that compiled specs was killed or has crashed."""


@dataclass(frozen=True)
class Changes:
    """Changes on the disk, made or planned; paths are relative to `root`."""

    root: Path
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    diff: str = ""
    compiled: bool = True
    """Whether the spec was compiled; otherwise the cache knew the result."""
    runtime: Changes | None = None
    """The changes of the runtime beside the package."""
    dependencies: tuple[str, ...] = ()
    """The requirements of the distributions that the package imports."""

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


@dataclass(frozen=True)
class SpecResult:
    """The result of a spec in a batch, without the files of its package.

    `sources` holds the files whose lines diagnostics show, by their names; `digests`
    the SHA-256 of each file that was read.
    """

    spec: Path
    sources: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    outcome: Changes | Failed
    imports: tuple[str, ...] = ()
    """The files that it imports, as paths from its directory."""
    digests: Mapping[Path, str] = field(default_factory=dict)
    tool_lists: tuple[ToolList, ...] = ()

    def is_current(self) -> bool:
        """Return whether compiling the spec again would have the same result.

        It would if the files that were read are unchanged, unless an
        error is about other files.
        """
        if any(
            diagnostic.code in _ABOUT_OTHER_FILES for diagnostic in self.diagnostics
        ):
            return False
        return all(_digest(path) == was for path, was in self.digests.items())


def _tell_nobody(_: str) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Batch:
    """How specs are compiled, and the contents of their results.

    Attributes:
        options: How each is compiled.
        quotes_notes: Whether notes show the lines that they are about.
        wants_diff: Whether results hold the changes as a diff.
        tell: Is called with each step of the spec that this process compiles.
    """

    options: Options
    quotes_notes: bool = False
    wants_diff: bool = False
    tell: Callable[[str], None] = _tell_nobody

    def compile(self, specs: Sequence[Path], jobs: int | None) -> Iterator[SpecResult]:
        """Yield the result of each spec, in order.

        By default, many specs are compiled in parallel processes.

        Raises:
            WorkerLostError: A process was killed, or has crashed.
        """
        check = RuntimeCheck(self.options)
        cached_results = {spec: self._look_up(spec, check) for spec in specs}
        results = self._compile([s for s in specs if cached_results[s] is None], jobs)
        for spec in specs:
            yield cached_results[spec] or next(results)

    def _look_up(self, spec: Path, check: RuntimeCheck) -> SpecResult | None:
        result = up_to_date(spec, self.options, check)
        return self._finish(result) if result else None

    def _compile(self, specs: Sequence[Path], jobs: int | None) -> Iterator[SpecResult]:
        workers = jobs or _jobs_for(specs)
        # The first one is compiled here: processes inherit the imported modules.
        yield from map(self._compile_here, specs[:1])
        # Imported modules are no garbage: the collector needn't look at them.
        gc.freeze()
        rest = specs[1:]
        if min(workers, len(rest)) > 1:
            yield from self._side_by_side(rest, min(workers, len(rest)))
        else:
            yield from map(self._compiled_beside_others, rest)

    def _side_by_side(self, specs: Sequence[Path], jobs: int) -> Iterator[SpecResult]:
        # Both import much, and most runs need no processes.
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        workers = ProcessPoolExecutor(jobs, _context(), _start_worker)
        try:
            # The first call starts the processes.
            with _interrupts_postponed():
                results = workers.map(self._compiled_by_worker, specs)
            yield from results
        except BrokenProcessPool as error:
            raise WorkerLostError from error
        finally:
            workers.shutdown(cancel_futures=True)

    def _compiled_by_worker(self, spec: Path) -> SpecResult:
        with _interruptible():
            return self._compiled_beside_others(spec)

    def _compiled_beside_others(self, spec: Path) -> SpecResult:
        result = self._compile_here(spec)
        # The command line has disabled the collector.
        gc.collect(1)
        return result

    def _compile_here(self, spec: Path) -> SpecResult:
        return self._finish(compile_anew(spec, self.options, self.tell))

    def _finish(self, result: Result) -> SpecResult:
        sources = result.sources if self._is_quoted(result) else {}
        outcome = self._outcome(result.outcome)
        return SpecResult(
            result.spec,
            sources,
            result.diagnostics,
            outcome,
            tuple(result.imports),
            result.digests,
            result.tool_lists,
        )

    def _outcome(self, outcome: Outcome) -> Changes | Failed:
        match outcome:
            case Compiled(plan=plan, runtime=runtime):
                changes = self._changes(runtime) if runtime else None
                return replace(self._changes(plan), runtime=changes)
            case UpToDate(root=root, files=files):
                return Changes(
                    root,
                    (),
                    files,
                    (),
                    compiled=False,
                    dependencies=manifest.dependencies(root),
                )
            case Failed():
                return outcome
            case _:
                assert_never(outcome)

    def _is_quoted(self, result: Result) -> bool:
        return any(
            self.quotes_notes or diagnostic.severity is not Severity.NOTE
            for diagnostic in result.diagnostics
        )

    def _changes(self, plan: Plan) -> Changes:
        diff = unified_diff(plan) if self.wants_diff else ""
        return Changes(
            plan.root,
            plan.written,
            plan.unchanged,
            plan.removed,
            diff,
            dependencies=plan.dependencies,
        )


def _digest(path: Path) -> str:
    """Return the digest of a file; one that can't be read counts as empty."""
    try:
        return disk.digest(spec_file.content(path))
    except (OSError, ValueError):
        return disk.digest(b"")


def _jobs_for(specs: Sequence[Path]) -> int:
    """Return one more than there are processors, since one waits for the disk."""
    return usable_processors() + 1 if len(specs) > FEW else 1


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _context() -> BaseContext:
    """Return how processes are started: by forking where that is safe."""
    from multiprocessing import get_context

    if sys.platform == "linux":
        return get_context("fork")
    # A new interpreter would import from the current directory, which isn't trusted.
    os.environ["PYTHONSAFEPATH"] = "1"
    return get_context("spawn")


def _start_worker() -> None:
    """Have an idle worker ignore interrupts, and end with its parent."""
    from threading import Thread

    gc.disable()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent ends, which may be killed.

    Otherwise it would wait for work forever. A publication in progress is completed by
    the next run, as after any kill.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _interrupts_postponed() -> Iterator[None]:
    """Have an interrupt wait until the end of the block.

    Python calls functions before and after a fork, and ignores their exceptions.
    """
    was = signal.getsignal(signal.SIGINT)
    interrupts: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, was)
    if interrupts:
        raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let an interrupt raise KeyboardInterrupt inside, so that work is tidied up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
