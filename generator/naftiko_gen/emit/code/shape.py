"""The shape of a file: all that it says but its literals.

A file and its twin must have one shape: then a document's text has decided nothing but
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
"""A comment, or a string literal that ends where it seems to.

A letter in front may say that it doesn't, unless it's the `b` of bytes. Of f-strings,
which hold code, simple ones are taken. The mark of a comment is captured, and what is
in an f-string.
"""
# A search that begins inside a field fails at once, however long its name is.
_BETWEEN_FIELDS = re.compile(r"(?:\A|(?<=\}))[^{}]+")
_QUOTATION_MARK = re.compile("[\"']")


def same_code(one: str, other: str) -> bool:
    """Say whether two texts are the same but for comments and string literals.

    If so, modules that they are have one shape. That takes a tenth of the time of
    `same_python`, which can find out what this can't say.
    """
    if "\r" in one or "\r" in other:  # the end of a line to Python alone
        return False
    ours, theirs = _LITERAL_OR_COMMENT.split(one), _LITERAL_OR_COMMENT.split(other)
    # A string that the pattern doesn't take leaves its quotation mark behind.
    if ours[::3] != theirs[::3] or _QUOTATION_MARK.search("".join(ours[::3])):
        return False
    same_fields = _fields(ours[2::3]) == _fields(theirs[2::3])
    return same_fields and ours[1::3] == theirs[1::3]


def is_python(module: bytes) -> bool:
    """Say whether a module is in UTF-8; its names are looked up as well.

    Raises:
        SyntaxError: It is no Python.
        ValueError: It holds a null byte.
    """
    if _encoding(module) != "utf-8":
        return False
    symtable(module.decode(), "<module>", "exec")
    return True


def same_python(one: bytes, other: bytes) -> bool:
    """Say whether two modules in UTF-8 differ in comments, layout and literals only.

    Raises:
        SyntaxError: One of them is no Python.
        ValueError: One of them holds a null byte.
    """
    # A comment can declare an encoding, and so change what the rest of the file says.
    if _encoding(one) != "utf-8":
        return False
    return _same_tree(ast.parse(one), ast.parse(other))


def same_toml(one: bytes, other: bytes) -> bool:
    """Say whether two TOML documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them is no TOML.
    """
    return _shape(tomllib.loads(one.decode())) == _shape(tomllib.loads(other.decode()))


def same_json(one: bytes, other: bytes) -> bool:
    """Say whether two JSON documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them is no JSON.
    """
    return _shape(json.loads(one)) == _shape(json.loads(other))


def _fields(fstrings: list[str | None]) -> list[str]:
    """Return the f-strings that hold anything, with other text between their fields."""
    return [_BETWEEN_FIELDS.sub("x", fstring) for fstring in fstrings if fstring]


def _encoding(module: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(module).readline)
    return encoding


def _same_tree(one: ast.AST, other: ast.AST) -> bool:
    # A loop, since each `elif` of a chain is nested in the one before.
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
                if pair[0] != pair[1]:  # nodes are equal if they are one: contexts
                    pairs.append(pair)
        elif isinstance(ours, list) and isinstance(theirs, list):
            if len(ours) != len(theirs):
                return False
            pairs += zip(ours, theirs, strict=True)
        elif ours != theirs:
            return False
    return True


def _literal(value: object) -> object:
    """Return what is compared of a constant: the type of a literal alone."""
    return type(value) if type(value) in _LITERALS else value


def _shape(value: object) -> object:
    match value:
        case dict():
            return dict, [_shape(member) for member in value.values()]
        case list():
            return list, [_shape(item) for item in value]
        case _:
            return type(value)
