"""Many specs in one run, compiled one after another or by several processes.

Results come in the order of the specs in both cases.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from naftiko_gen.cache.reuse import up_to_date
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.pipeline import compile_anew
from naftiko_gen.publish import disk
from naftiko_gen.publish.diff import unified_diff
from naftiko_gen.publish.outcome import Compiled, Failed, UpToDate
from naftiko_gen.syntax import files as spec_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.publish.outcome import Outcome, Result
    from naftiko_gen.publish.plan import Plan

FEW = 8
"""Up to this number of specs, compiling takes less time than starting processes."""


_ERRORS_ABOUT_OTHER_FILES = frozenset(
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
"""Errors that may disappear although the files that were read are unchanged."""


class WorkerLostError(Exception):
    """A process that compiled specs ended early; its progress is unknown."""


@dataclass(frozen=True)
class Changes:
    """Files that changed on the disk, or would change; paths are relative to `root`."""

    root: Path
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    diff: str = ""
    compiled: bool = True
    """Whether the spec was compiled; otherwise its package was up to date."""

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


@dataclass(frozen=True)
class Finished:
    """The result for a spec, without the content of its emitted files.

    `sources` are the files that diagnostics quote, by name; `digests` are the SHA-256
    digests of all files that were read.
    """

    spec: Path
    sources: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    outcome: Changes | Failed
    imports: tuple[str, ...] = ()
    """The files that the spec imports, as paths relative to its directory."""
    digests: Mapping[Path, str] = field(default_factory=dict)

    def is_current(self) -> bool:
        """Return whether compiling the spec again would have the same result.

        It would if the files that were read are unchanged and no error is about others.
        """
        if any(
            diagnostic.code in _ERRORS_ABOUT_OTHER_FILES
            for diagnostic in self.diagnostics
        ):
            return False
        return all(_digest(path) == digest for path, digest in self.digests.items())


@dataclass(frozen=True)
class Batch:
    """A run over specs: its options, and the results that it needs besides packages.

    Attributes:
        options: The options for each spec.
        quotes_notes: Whether notes quote lines of the spec.
        wants_diff: Whether changes include a diff.
    """

    options: Options
    quotes_notes: bool = False
    wants_diff: bool = False

    def compiled(self, specs: Sequence[Path], jobs: int | None) -> Iterator[Finished]:
        """Yield the result for each spec, in order.

        By default, several processes compile if there are many specs.

        Raises:
            WorkerLostError: A process was killed, or crashed.
        """
        reused = {spec: self._reused(spec) for spec in specs}
        compiled = self._compiled([s for s in specs if reused[s] is None], jobs)
        for spec in specs:
            yield reused[spec] or next(compiled)

    def _reused(self, spec: Path) -> Finished | None:
        result = up_to_date(spec, self.options)
        return self._finished(result) if result else None

    def _compiled(self, specs: Sequence[Path], jobs: int | None) -> Iterator[Finished]:
        workers = jobs or _jobs_for(specs)
        # Compile the first one here: forked processes inherit the modules it imports.
        yield from map(self._compiled_here, specs[:1])
        # The imported modules are no garbage; the collector need not visit them again.
        gc.freeze()
        rest = specs[1:]
        if min(workers, len(rest)) > 1:
            yield from self._compiled_by_workers(rest, min(workers, len(rest)))
        else:
            yield from map(self._compiled_and_collected, rest)

    def _compiled_by_workers(
        self, specs: Sequence[Path], jobs: int
    ) -> Iterator[Finished]:
        # The modules are slow to import, and most runs need no processes.
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        workers = ProcessPoolExecutor(jobs, _context(), _start_worker)
        try:
            yield from workers.map(self._compiled_by_worker, specs)
        except BrokenProcessPool as error:
            raise WorkerLostError from error
        finally:
            workers.shutdown(cancel_futures=True)

    def _compiled_by_worker(self, spec: Path) -> Finished:
        with _interruptible():
            return self._compiled_and_collected(spec)

    def _compiled_and_collected(self, spec: Path) -> Finished:
        finished = self._compiled_here(spec)
        # The command line has turned the garbage collector off.
        gc.collect(1)
        return finished

    def _compiled_here(self, spec: Path) -> Finished:
        return self._finished(compile_anew(spec, self.options))

    def _finished(self, result: Result) -> Finished:
        sources = result.sources if self._is_quoted(result) else {}
        outcome = self._outcome(result.outcome)
        diagnostics, imports = result.diagnostics, tuple(result.imports)
        digests = result.digests
        return Finished(result.spec, sources, diagnostics, outcome, imports, digests)

    def _outcome(self, outcome: Outcome) -> Changes | Failed:
        match outcome:
            case Compiled(plan=plan):
                return self._changes(plan)
            case UpToDate(root=root, files=files):
                return Changes(root, (), files, (), compiled=False)
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
        return Changes(plan.root, plan.written, plan.unchanged, plan.removed, diff)


def _digest(path: Path) -> str:
    """Return the digest of a file; an unreadable file counts as empty."""
    try:
        return disk.digest(spec_file.content(path))
    except (OSError, ValueError):
        return disk.digest(b"")


def _jobs_for(specs: Sequence[Path]) -> int:
    """Return one more than the processors for many specs: a process may wait."""
    return usable_processors() + 1 if len(specs) > FEW else 1


def usable_processors() -> int:
    """Return the number of processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _context() -> BaseContext:
    """Return the start method: forks, on systems where forking is safe."""
    from multiprocessing import get_context

    if sys.platform == "linux":
        return get_context("fork")
    # A new interpreter would import from the current directory, which isn't trusted.
    os.environ["PYTHONSAFEPATH"] = "1"
    return get_context("spawn")


def _start_worker() -> None:
    """Set up a worker: while idle, it leaves interrupts to its parent process."""
    from threading import Thread

    gc.disable()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent ends, even if the parent is killed.

    Otherwise it would wait for work for ever. A publication under way is cut off as if
    this process were killed.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make an interrupt raise `KeyboardInterrupt` inside, so that cleanups run."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
