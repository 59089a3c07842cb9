"""The first stage: from the bytes of a file to a syntax tree with source positions.

The language is a strict subset of YAML 1.2, so that reviewers and the compiler read the
same. A file is UTF-8 text with one document. It has no anchors, tags and directives, no
characters that hide or reorder text, and no repeated keys.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax import files
from naftiko_gen.syntax.files import question
from naftiko_gen.syntax.globs import TooManyFilesError, is_glob, matching
from naftiko_gen.syntax.reader.characters import RefusedError, decode, refuse_truncated
from naftiko_gen.syntax.reader.composer import compose
from naftiko_gen.syntax.reader.events import CAPABILITY, Limits
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Node

__all__ = ["load", "read"]


def read(path: Path, report: Report, limits: Limits = CAPABILITY) -> bytes | None:
    """Return the file's bytes, or None after reporting that it can't be read.

    Of a file beyond the limit, return one byte too many: `load` then reports its size.
    """
    try:
        return files.content(path, limits.size)
    except IsADirectoryError:
        message = "can't read the file: it is a directory"
        hint = f"for all specs in it, write {quote(f'{path}/*.yaml', limit=300)}"
        is_spec = limits is CAPABILITY
        report.add(Code.UNREADABLE_FILE, message, hint=hint if is_spec else None)
    except OSError as failure:
        message = f"can't read the file: {failure.strerror}"
        report.add(Code.UNREADABLE_FILE, message, hint=_question(path, failure))
    except ValueError:
        # The path has a NUL, or a character that the file system can't encode.
        report.add(Code.UNREADABLE_FILE, "can't read the file: its path isn't valid")
    return None


def _question(path: Path, failure: OSError) -> str | None:
    """Return a hint with another path, if this one doesn't exist."""
    if failure.errno not in (errno.ENOENT, errno.ENOTDIR):
        return None
    if Code.of(str(path)):
        return f"for the meaning of a code, write naftiko-gen --explain {path}"
    return question(path) or (_pattern_hint(path) if is_glob(str(path)) else None)


def _pattern_hint(pattern: Path) -> str:
    """Return a hint for a pattern, which a command that takes one file doesn't read."""
    with suppress(TooManyFilesError, OSError, ValueError):
        if matching(Path(), str(pattern)):
            return "name one of the files that match: only some commands take several"
    return "no file matches this pattern; name existing files"


def load(content: bytes, report: Report, limits: Limits = CAPABILITY) -> Mapping | None:
    """Return the root of the document, or None after reporting errors."""
    try:
        root = _root(content, report, limits)
    except RefusedError as refusal:
        report.add(refusal.code, refusal.message, refusal.span, refusal.hint)
        return None
    return None if report.has_errors else root


def _root(content: bytes, report: Report, limits: Limits) -> Mapping:
    if len(content) > limits.size:
        raise RefusedError(Code.FILE_TOO_LARGE, limits.too_large, Span(1, 1))
    refuse_truncated(content)
    return _mapping(compose(decode(content), report, limits))


def _mapping(root: Node) -> Mapping:
    match root:
        case Mapping():
            return root
        case Sequence():
            kind = "a list"
        case Scalar():
            kind = "a single value"
    raise RefusedError(
        Code.NOT_A_MAPPING,
        f"the document is {kind}, not a mapping",
        root.span,
        "a capability document starts with keys such as 'naftiko:' and 'capability:'",
    )
