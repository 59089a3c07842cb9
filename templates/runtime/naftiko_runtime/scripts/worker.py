"""The process of a script: limits and confines itself, then runs the script.

It reads one JSON object from standard input, and writes two lines of JSON to standard
output: why it can't be confined, or null, before any script runs, and then the answer.
It starts without the package, so it imports nothing of it but `confinement`.
"""

import ast
import builtins
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, Final, Self

from .confinement import confine, end_with

DIRECTORY: Final = Path(__file__).parent
"""The directory of this package, from which the process imports it."""
MODULES: Final = frozenset(
    (
        "base64",
        "binascii",
        "bisect",
        "calendar",
        "cmath",
        "collections",
        "collections.abc",
        "copy",
        "csv",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "io",
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "time",
        "typing",
        "unicodedata",
        "urllib.parse",
        "uuid",
        "zlib",
    )
)
"""The modules that scripts may import: they compute, and have no effects."""
NICENESS: Final = 10
# Other modules and methods import these when they need them, which is then too late.
HIDDEN: Final = (
    "_strptime",
    "encodings.ascii",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_16",
)


def main() -> None:
    """Run the script that standard input describes, and end the process."""
    # Standard output has no other lines.
    sys.stdout = sys.stderr
    _write(_answer(json.load(sys.stdin.buffer)))
    os._exit(0)


def _write(value: object) -> None:
    """Write a line of JSON to standard output."""
    content = json.dumps(value).encode() + b"\n"
    while content:
        content = content[os.write(1, content) :]


def imported_modules(scripts: Mapping[str, str]) -> Iterator[str]:
    """Yield the modules that scripts import; raises SyntaxError or ValueError."""
    for name, source in scripts.items():
        for node in ast.walk(ast.parse(source, name)):
            match node:
                case ast.Import(names=names):
                    yield from (name.name for name in names)
                case ast.ImportFrom(module=str() as module, level=0, names=names):
                    yield module
                    yield from (f"{module}.{name.name}" for name in names)
                case _:
                    pass


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    scripts: Mapping[str, str] = request["scripts"]
    end_with(request["parent"])
    _limit(request["seconds"], request["memory"])
    with _Fault() as fault:
        for module in (*HIDDEN, *MODULES.intersection(imported_modules(scripts))):
            import_module(module)
    reason = confine() if request["is_confined"] else None
    # No script has run yet; the rest of the output may be a script's.
    _write(reason)
    if reason or fault.error:
        return fault.described(scripts)
    with fault:
        return {"result": _run(scripts, request["context"])}
    return fault.described(scripts)


class _Fault:
    """The fault that ends the context: a script may raise anything."""

    error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        self.error = error
        return True

    def described(self, scripts: Mapping[str, str]) -> dict[str, Any]:
        """Return the kind of the fault, and its place in a script."""
        place = _place(self.error, scripts) if self.error else {}
        return {"fault": type(self.error).__name__, **place}


def _limit(seconds: float, memory: int) -> None:
    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    )
    for kind, wanted in limits:
        _, most = resource.getrlimit(kind)
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(kind, (value, value))
    # Calls without scripts come first.
    os.nice(NICENESS)


def _run(scripts: Mapping[str, str], context: Any) -> Any:
    """Run scripts, which share their global names; return the JSON of `result`."""
    names: dict[str, Any] = {
        "__builtins__": builtins,
        "__name__": "script",
        "context": context,
    }
    for name, source in scripts.items():
        code = compile(source, name, "exec", dont_inherit=True)
        # The code of a module is called like that of a function without arguments.
        FunctionType(code, names)()
    return json.loads(json.dumps(names.get("result"), default=str, allow_nan=False))


def _place(error: BaseException, scripts: Mapping[str, str]) -> dict[str, Any]:
    """Return the file and the line of a script where an error was raised."""
    if isinstance(error, SyntaxError) and error.filename in scripts:
        return {"file": error.filename, "line": error.lineno}
    frames = _frames(error.__traceback__)
    places = [(file, line) for file, line in frames if file in scripts]
    return {"file": places[-1][0], "line": places[-1][1]} if places else {}


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
