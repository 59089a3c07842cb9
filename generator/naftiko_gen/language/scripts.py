"""Scripts of a spec: the limits of their language, known without running them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

LANGUAGE = "python"
MODULES = frozenset(
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
"""The modules that the process of a script has; it can't open the files of others."""
SIZE_LIMIT = 256 * 1024
"""The bytes that a file of a script may have."""
FILE_LIMIT = 64
"""The number of files that a script may have."""
SPEC_LIMIT = 4 * 1024 * 1024
"""The bytes that all files of a spec's scripts may have together."""

BRACE_LIMIT = 5_000
"""The number of `{` of a file; the parser takes long for many in each other."""

# Python's parser copies the start of a name at each of its dots.
_LONG_NAME = re.compile(r"(?:\.[\s\\]*\w+[\s\\]*){100}")
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


def is_script_path(path: str) -> bool:
    """Return whether a path has plain names only, and stays in its directory."""
    return all(map(_SEGMENT.fullmatch, path.split("/")))


def fault(source: bytes) -> str | None:
    """Return why a script can't run, as the end of a sentence, or None."""
    if len(source) > SIZE_LIMIT:
        return f"has more than {SIZE_LIMIT // 1024} KiB"
    try:
        text = source.decode()
        if _LONG_NAME.search(text):
            return "isn't Python that can be parsed: a name has more than 100 parts"
        if text.count("{") > BRACE_LIMIT:
            return f"has more than {BRACE_LIMIT} opening braces"
        with warnings.catch_warnings():
            # Python would print its opinion on escapes.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return f"isn't Python: line {error.lineno} can't be parsed"
    except (ValueError, RecursionError, MemoryError):
        return "isn't Python that can be parsed"
    for name, line in _imports(tree):
        if name not in MODULES:
            return f"imports {name!r} in line {line}, which scripts can't"
    return None


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the imported modules with the lines of their imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((name.name, node.lineno) for name in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                full = "." * level + (module or "")
                inner = {f"{full}.{name.name}" for name in names} & MODULES
                # `from urllib import parse` imports a module by its last name.
                yield from ((name, node.lineno) for name in inner or (full,))
            case _:
                pass
