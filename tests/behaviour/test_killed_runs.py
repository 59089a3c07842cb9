"""Whole runs that are killed, with the cache; as a script, the runs.

After any interruption, the next run makes each package current.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import SystemRandom

import pytest

from forked_scenarios import run_scenario
from naftiko_gen.cache import store
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit
from waiting import eventually

KILL_ROUNDS = int(os.environ.get("NAFTIKO_GEN_KILL_ROUNDS", "9"))

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
VERSIONS = {
    "old": SPEC,
    "new": SPEC.replace("port: 8080", "port: 8081").replace("Cancel and", "Stop and"),
    "small": SPEC.partition("  - type: mcp\n")[0],
}
NAMES = ("evals", "jobs", "runs", "sweeps")

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes"),
    pytest.mark.long,
]


def test_packages_are_whole_after_the_next_run(tmp_path: Path) -> None:
    variables = {store.VARIABLE: str(tmp_path / "cache")}
    process = run_scenario(__file__, [], tmp_path, **variables)
    assert process.returncode == 0, process.stderr
    print(process.stdout)


def killed_with_workers() -> None:
    """Four specs, compiled by workers that learn of the end of their parent."""
    trees = emitted_trees(NAMES)
    lasting = 2 * timed_run("runs", "old")
    for step in range(KILL_ROUNDS // 3):
        version = ("new", "small", "old")[step % 3]
        for name in NAMES:
            write(name, version)
        forget(step)
        child = fork(partial(compile_all, "-q", "-j", "3"), session=True)
        kill_within(child, lasting)
        wait_for_workers(child)
        check_next_run(version, trees)


Trees = dict[tuple[str, str], dict[str, bytes]]


def emitted_trees(names: Sequence[str]) -> Trees:
    """Return the package of each version, and leave the old one.

    All that the compiler imports is imported once, before anything is forked.
    """
    trees: Trees = {}
    Path("specs").mkdir()
    write(names[0], "new")
    assert compile_all("-q", "--no-cache") == Exit.DONE
    for version in ("new", "small", "old"):
        for name in names:
            write(name, version)
        assert exit_code(fork(partial(compile_all, "-q", "--no-cache"))) == Exit.DONE
        trees |= {(name, version): tree(name) for name in names}
    for name in names:
        (Path("out") / name / "notes.txt").write_text("mine")
    return {place: {**files, "notes.txt": b"mine"} for place, files in trees.items()}


def timed_run(name: str, version: str) -> float:
    """Return how long it takes to compile and publish another version and this one."""
    start = time.monotonic()
    for next_version in ("new", version):
        write(name, next_version)
        compile_here()
    return (time.monotonic() - start) / 2


def compile_here() -> None:
    assert exit_code(fork(partial(compile_all, "-q", "--no-cache"))) == Exit.DONE


def write(name: str, version: str) -> None:
    (Path("specs") / f"{name}.yaml").write_text(VERSIONS[version], "utf-8")


def forget(step: int) -> None:
    """Let every other round begin with an empty cache, which then is written to."""
    if step % 2 == 0:
        shutil.rmtree("cache", ignore_errors=True)


def compile_all(*arguments: str) -> int:
    return main.main(["specs/*.yaml", "-o", "out", *arguments])


def kill_within(child: int, seconds: float) -> None:
    time.sleep(SystemRandom().uniform(0, 1.2 * seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def wait_for_workers(session: int) -> None:
    """Wait until the whole session of a killed process is gone; it ends by itself."""
    eventually(lambda: not lives(session))


def lives(session: int) -> bool:
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True


def check_next_run(version: str, trees: Trees) -> None:
    """The next run makes the packages current."""
    assert exit_code(fork(partial(compile_all, "-q"))) == Exit.DONE
    names = {name for name, _ in trees}
    assert {name: tree(name) for name in names} == {
        name: trees[name, version] for name in names
    }
    assert {path.name for path in Path("out").iterdir()} == names
    assert exit_code(fork(partial(compile_all, "-q", "--check"))) == Exit.DONE
    check_cache()


def check_cache() -> None:
    """Every entry with a key is whole; files of a killed run have no key."""
    files = [path for path in Path("cache").rglob("*") if path.is_file()]
    keys = [path.name for path in files if len(path.name) == len("ab" * 32)]
    assert keys
    assert all(store.get(key) for key in keys)


def tree(name: str) -> dict[str, bytes]:
    root = Path("out") / name
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def fork(work: Callable[[], int], *, session: bool = False) -> int:
    child = os.fork()
    if child == 0:
        if session:
            os.setsid()
        os._exit(work())
    return child


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    killed_with_workers()
