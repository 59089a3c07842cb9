"""Nothing is called that some systems lack, unless the code asks or has another way.

mypy knows the functions of each system. A walk through all modules finds those that
exist everywhere and fail somewhere, and imports of modules that some systems lack.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    ROOT / "generator/naftiko_gen",
    ROOT / "templates/runtime/naftiko_runtime",
    ROOT / "generated",
    *sorted((ROOT / "tests/golden").glob("*/expected")),
)
MODULES = """
    crypt fcntl grp msvcrt nis posix pty pwd readline resource spwd syslog termios tty
    uvloop winreg
    """
NAMES = """
    AF_UNIX CDLL O_BINARY O_DIRECTORY O_NOFOLLOW O_NONBLOCK SIGCHLD SIGHUP SIGKILL
    SIGUSR1 SO_ATTACH_FILTER SO_REUSEADDR SO_REUSEPORT add_reader add_signal_handler
    add_writer alarm chown connect_read_pipe connect_write_pipe dir_fd epoll fchmod
    fork geteuid getuid killpg kqueue lchmod mkfifo mknod nice pass_fds preexec_fn
    pthread_sigmask remove_reader remove_signal_handler remove_writer renameat2
    sched_getaffinity sendfile set_blocking setitimer setrlimit setsid sigwait symlink
    symlink_to umask uname
    """
ASKING = {"sys.platform", "hasattr"}
HANDLED = {"ImportError", "NotImplementedError", "AttributeError"}
ALLOWED = {
    ("serving/server.py", "add_reader"): "only workers, which are forks, have the pipe",
    ("serving/server.py", "remove_reader"): "the same",
}
"""The places without a question, each with the reason."""


def partial_names(node: ast.AST) -> Iterator[str]:
    """Yield the names of a node that some systems lack."""
    match node:
        case ast.Import(names=names):
            yield from {name.name for name in names}.intersection(MODULES.split())
        case ast.ImportFrom(module=str() as module, level=0, names=names):
            yield from {module}.intersection(MODULES.split())
            yield from {name.name for name in names}.intersection(NAMES.split())
        case ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
            yield from {name}.intersection(NAMES.split())
        case ast.Constant(value=str() as text) if text.startswith(("/proc/", "/sys/")):
            yield text
        case ast.Constant(value="fork"):
            yield "fork"
        case _:
            pass


def unguarded_uses(
    scope: ast.AST, is_guarded: bool = False
) -> Iterator[tuple[int, str]]:
    """Yield lines and names of a block that nothing above them asks for."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.If | ast.IfExp | ast.Assert):
            is_guarded |= any(ast.unparse(n) in ASKING for n in ast.walk(node.test))
        if not is_guarded:
            line = getattr(node, "lineno", 0)
            yield from ((line, name) for name in partial_names(node))
        handles = isinstance(node, ast.Try) and any(
            handler.type and ast.unparse(handler.type) in HANDLED
            for handler in node.handlers
        )
        yield from unguarded_uses(node, is_guarded or handles)


def test_modules_ask_for_functions_that_a_system_may_lack() -> None:
    modules = chain.from_iterable(source.rglob("*.py") for source in SOURCES)
    places = {
        (path.as_posix(), line, name)
        for path in modules
        # Copies of the runtime are those of the second directory.
        if not {"tests", "_runtime"}.intersection(path.relative_to(ROOT).parts[2:])
        for line, name in unguarded_uses(ast.parse(path.read_bytes()))
        if not any(path.as_posix().endswith(end) and name == n for end, n in ALLOWED)
    }
    assert not places, sorted(places)


@pytest.mark.parametrize(
    "text",
    [
        *("import fcntl", "def f():\n    import resource", "from pwd import getpwnam"),
        *("os.fork()", "loop.add_signal_handler(2, stop)"),
        *("multiprocessing.get_context('fork')", "open('/proc/self/stat')"),
        *("if is_linux:\n    os.getuid()",),
    ],
)
def test_the_walk_finds_a_use(text: str) -> None:
    assert list(unguarded_uses(ast.parse(text)))


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_mypy_knows_each_function_on(system: str) -> None:
    cache = ROOT / f".cache/mypy-{system}"
    options = ("--platform", system, "--cache-dir", str(cache))
    process = subprocess.run(
        (sys.executable, "-m", "mypy", *options, *map(str, SOURCES[:2])),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
