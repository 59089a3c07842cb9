"""The cost of a first run of the compiler, and of a check without changes."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .comparing import Comparison
from .peers import ROOT, compiler

TRAINING_RUNS = ROOT / "specs" / "training-runs.yaml"
COLD = "naftiko-gen, cold"
CHECK = "naftiko-gen --check, nothing to do"
WARM_UPS = 1
"""Runs of a command that warm caches up, and aren't counted."""
Arguments = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Taken:
    """The cost of a run of a command; no peak if this process has a higher one."""

    wall_seconds: float
    cpu_seconds: float
    peak_mebibytes: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a command, round by round."""

    command: str
    taken: tuple[Taken, ...]

    @property
    def wall_seconds(self) -> float:
        """Return the median of elapsed time."""
        return median(sample.wall_seconds for sample in self.taken)

    @property
    def cpu_seconds(self) -> float:
        """Return the median of processor time."""
        return median(sample.cpu_seconds for sample in self.taken)

    @property
    def peak_mebibytes(self) -> float | None:
        """Return the highest peak of memory that could be seen."""
        peaks = [
            sample.peak_mebibytes for sample in self.taken if sample.peak_mebibytes
        ]
        return max(peaks, default=None)


def compare(earlier: Path, directory: Path, rounds: int) -> list[Comparison]:
    """Run the compiler of this checkout and of an earlier one by turns."""
    roots = {"before": earlier, "again": earlier, "now": ROOT}
    checkouts = {
        name: _Checkout(root, directory / name) for name, root in roots.items()
    }
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(1 + rounds):
        for name, checkout in checkouts.items():
            for kind in (COLD, CHECK):
                sample = checkout.run(kind)
                if number:
                    seconds[kind, name].append(sample.cpu_seconds * 1000)
    return [
        Comparison(
            "compiler",
            f"{kind}, CPU ms",
            "this checkout",
            *(seconds[kind, name] for name in ("before", "again", "now")),
        )
        for kind in (COLD, CHECK)
    ]


@dataclass(frozen=True, slots=True)
class _Checkout:
    """A checkout whose compiler writes to a directory of its own."""

    root: Path
    directory: Path

    def run(self, kind: str) -> Taken:
        output = self.directory / "output"
        if kind == COLD and output.exists():
            shutil.rmtree(output)
        command = (sys.executable, "-P", "-m", "naftiko_gen", TRAINING_RUNS)
        options = ("--check",) if kind == CHECK else ()
        variables = {
            "PYTHONPATH": str(self.root / "generator"),
            "NAFTIKO_GEN_CACHE_DIR": str(self.directory / "cache"),
        }
        return run((*command, "-o", output, *options), variables)


def measure(directory: Path, rounds: int) -> list[Cost]:
    """Run every command once to warm caches up, then as often as there are rounds."""
    output = directory / "compiled"
    generate = (compiler(), TRAINING_RUNS, "-o", output)
    black = ("-m", "black", "--check", "--no-cache", "--workers", "1", output)
    return [
        _cost(COLD, generate, rounds, fresh=output),
        _cost(CHECK, (*generate, "--check"), rounds),
        _cost("python -c pass", (sys.executable, "-c", "pass"), rounds),
        _cost("black --check of its output", (sys.executable, *black), rounds),
    ]


def _cost(
    command: str, arguments: Arguments, rounds: int, fresh: Path | None = None
) -> Cost:
    """Run a command; `fresh` is removed before each run."""
    samples = []
    for _ in range(WARM_UPS + rounds):
        if fresh and fresh.exists():
            shutil.rmtree(fresh)
        samples.append(run(arguments))
    return Cost(command, tuple(samples[WARM_UPS:]))


def run(arguments: Arguments, variables: Mapping[str, str] | None = None) -> Taken:
    """Run a command to its end, in this repository, whose configuration it reads.

    Raises:
        CalledProcessError: It failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr
    with process.stderr:
        complaints = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(
            process.returncode, arguments, stderr=complaints
        )
    return Taken(seconds, usage.ru_utime + usage.ru_stime, _peak(usage))


def _peak(usage: resource.struct_rusage) -> float | None:
    """Return the peak of memory, where the child exceeds its parent's.

    Linux counts the memory of the parent, which a child has until it executes another
    program.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss / 1024 if usage.ru_maxrss > own else None
