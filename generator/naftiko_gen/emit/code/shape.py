"""Compares the shapes of files: their content apart from literals.

A file and its twin must have the same shape. Then the text of a spec has changed only
the file's literals.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from symtable import symtable

_LITERALS = (str, bytes, int, float, complex)
_LITERAL_OR_COMMENT = re.compile(
    r"""
      (\#) [^\n]*
    | " (?<![A-Zac-z"'].) (?:
          ""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"""
        | [^"\\\n]*(?:\\[^\n][^"\\\n]*)*"
      )
    | ' (?<![A-Zac-z"'].) [^'\\\n]*(?:\\[^\n][^'\\\n]*)*'
    | " (?<=\bf") ((?: [^"'\\\n\#{}] | \{[^"'\\\n\#{}]*\} )*)"
    """,
    re.VERBOSE | re.DOTALL,
)
"""A comment, or a string literal of a simple form.

A prefix may change the end of a literal, so no prefix but the `b` of bytes matches.
F-strings contain code, so only simple ones match. The groups are the mark of a comment
and the content of an f-string.
"""
# A search that begins inside a field fails at once, even if its name is long.
_BETWEEN_FIELDS = re.compile(r"(?:\A|(?<=\}))[^{}]+")
_QUOTATION_MARK = re.compile("[\"']")


def same_code(one: str, other: str) -> bool:
    """Return whether two modules are equal apart from comments and string literals.

    If so, they have the same shape; if not, only `same_python` can tell. This check
    takes a tenth of its time.
    """
    if "\r" in one or "\r" in other:  # ends a line in Python, but not in the pattern
        return False
    ours, theirs = _LITERAL_OR_COMMENT.split(one), _LITERAL_OR_COMMENT.split(other)
    # A string that the pattern doesn't match leaves its quotation marks in the rest.
    if ours[::3] != theirs[::3] or _QUOTATION_MARK.search("".join(ours[::3])):
        return False
    same_fields = _fields(ours[2::3]) == _fields(theirs[2::3])
    return same_fields and ours[1::3] == theirs[1::3]


def is_python(module: bytes) -> bool:
    """Return whether a module is in UTF-8; also check its syntax and symbols.

    Raises:
        SyntaxError: It isn't valid Python.
        ValueError: It contains a null byte.
    """
    if _encoding(module) != "utf-8":
        return False
    symtable(module.decode(), "<module>", "exec")
    return True


def same_python(one: bytes, other: bytes) -> bool:
    """Return whether two modules in UTF-8 differ in comments, layout and literals only.

    Raises:
        SyntaxError: One of them isn't valid Python.
        ValueError: One of them contains a null byte.
    """
    # A comment can declare an encoding, and so change the meaning of the file.
    if _encoding(one) != "utf-8":
        return False
    return _same_tree(ast.parse(one), ast.parse(other))


def same_toml(one: bytes, other: bytes) -> bool:
    """Return whether two TOML documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them isn't valid TOML.
    """
    return _shape(tomllib.loads(one.decode())) == _shape(tomllib.loads(other.decode()))


def same_json(one: bytes, other: bytes) -> bool:
    """Return whether two JSON documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them isn't valid JSON.
    """
    return _shape(json.loads(one)) == _shape(json.loads(other))


def _fields(fstrings: list[str | None]) -> list[str]:
    """Return the f-strings that aren't empty, with the text between fields replaced."""
    return [_BETWEEN_FIELDS.sub("x", fstring) for fstring in fstrings if fstring]


def _encoding(module: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(module).readline)
    return encoding


def _same_tree(one: ast.AST, other: ast.AST) -> bool:
    # Not recursive, because each `elif` of a chain is nested in the previous one.
    pairs: list[tuple[object, object]] = [(one, other)]
    while pairs:
        ours, theirs = pairs.pop()
        if type(ours) is not type(theirs):
            return False
        if isinstance(ours, ast.Constant) and isinstance(theirs, ast.Constant):
            if _literal(ours.value) != _literal(theirs.value):
                return False
        elif isinstance(ours, ast.AST) and isinstance(theirs, ast.AST):
            for name in ours._fields:
                pair = getattr(ours, name), getattr(theirs, name)
                if pair[0] != pair[1]:  # only shared nodes are equal, such as `Load()`
                    pairs.append(pair)
        elif isinstance(ours, list) and isinstance(theirs, list):
            if len(ours) != len(theirs):
                return False
            pairs += zip(ours, theirs, strict=True)
        elif ours != theirs:
            return False
    return True


def _literal(value: object) -> object:
    """Return the comparable part of a constant: of a literal, its type alone."""
    return type(value) if type(value) in _LITERALS else value


def _shape(value: object) -> object:
    match value:
        case dict():
            return dict, [_shape(member) for member in value.values()]
        case list():
            return list, [_shape(item) for item in value]
        case _:
            return type(value)
