"""Many specs in one run: compiled one after another, or in parallel processes.

Results come in the order of the specs in both cases.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.cache.reuse import RuntimeCheck, up_to_date
from naftiko_gen.diagnostics import Severity
from naftiko_gen.pipeline import compile_anew, tell_nobody
from naftiko_gen.publish.diff import unified_diff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from naftiko_gen.configuration.options import Options
    from naftiko_gen.publish.outcome import Changes, Result

FEW = 8
"""Up to this number of specs, starting processes takes longer than compiling."""


class WorkerLostError(Exception):
    """A process that compiled specs was killed or has crashed."""


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
    tell: Callable[[str], None] = tell_nobody

    def compile(self, specs: Sequence[Path], jobs: int | None) -> Iterator[Result]:
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

    def _look_up(self, spec: Path, check: RuntimeCheck) -> Result | None:
        result = up_to_date(spec, self.options, check)
        return self._finish(result) if result else None

    def _compile(self, specs: Sequence[Path], jobs: int | None) -> Iterator[Result]:
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

    def _side_by_side(self, specs: Sequence[Path], jobs: int) -> Iterator[Result]:
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

    def _compiled_by_worker(self, spec: Path) -> Result:
        with _interruptible():
            return self._compiled_beside_others(spec)

    def _compiled_beside_others(self, spec: Path) -> Result:
        result = self._compile_here(spec)
        # The command line has disabled the collector.
        gc.collect(1)
        return result

    def _compile_here(self, spec: Path) -> Result:
        return self._finish(compile_anew(spec, self.options, self.tell))

    def _finish(self, result: Result) -> Result:
        """Return a result without the contents of its package and unshown sources."""
        is_quoted = self.quotes_notes or any(
            item.severity is not Severity.NOTE for item in result.diagnostics
        )
        sources = result.sources if is_quoted and result.diagnostics else {}
        changes = self._changes(result.changes) if result.changes else None
        return replace(result, sources=sources, changes=changes)

    def _changes(self, changes: Changes) -> Changes:
        plan = changes.plan if self.wants_diff else None
        diff = unified_diff(plan) if plan else ""
        runtime = self._changes(changes.runtime) if changes.runtime else None
        return replace(changes, plan=None, diff=diff, runtime=runtime)


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
