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


def same_code(left: str, right: str) -> bool:
    """Return whether two modules are equal apart from comments and string literals.

    If so, they have the same shape; if not, only `same_python` can tell. This check
    takes a tenth of its time.
    """
    if "\r" in left or "\r" in right:  # ends a line in Python, but not in the pattern
        return False
    left_parts = _LITERAL_OR_COMMENT.split(left)
    right_parts = _LITERAL_OR_COMMENT.split(right)
    # A string that the pattern doesn't match leaves its quotation marks in the rest.
    left_code, right_code = left_parts[::3], right_parts[::3]
    if left_code != right_code or _QUOTATION_MARK.search("".join(left_code)):
        return False
    same_fields = _fields(left_parts[2::3]) == _fields(right_parts[2::3])
    return same_fields and left_parts[1::3] == right_parts[1::3]


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


def same_python(left: bytes, right: bytes) -> bool:
    """Return whether two modules in UTF-8 differ in comments, layout and literals only.

    Raises:
        SyntaxError: One of them isn't valid Python.
        ValueError: One of them contains a null byte.
    """
    # A comment can declare an encoding, and so change the meaning of the file.
    if _encoding(left) != "utf-8":
        return False
    return _same_tree(ast.parse(left), ast.parse(right))


def same_toml(left: bytes, right: bytes) -> bool:
    """Return whether two TOML documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them isn't valid TOML.
    """
    return _shape(tomllib.loads(left.decode())) == _shape(tomllib.loads(right.decode()))


def same_json(left: bytes, right: bytes) -> bool:
    """Return whether two JSON documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them isn't valid JSON.
    """
    return _shape(json.loads(left)) == _shape(json.loads(right))


def same_yaml(left: bytes, right: bytes) -> bool:
    """Return whether two files of YAML documents differ in layout and scalars only.

    Raises:
        ValueError: One of them isn't valid YAML.
    """
    # Slow to import, and few files are YAML.
    import yaml

    try:
        shapes = [list(map(_shape, yaml.safe_load_all(file))) for file in (left, right)]
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error
    return shapes[0] == shapes[1]


def _fields(fstrings: list[str | None]) -> list[str]:
    """Return the f-strings that aren't empty, with the text between fields replaced."""
    return [_BETWEEN_FIELDS.sub("x", fstring) for fstring in fstrings if fstring]


def _encoding(module: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(module).readline)
    return encoding


def _same_tree(left_tree: ast.AST, right_tree: ast.AST) -> bool:
    # Not recursive, because each `elif` of a chain is nested in the previous one.
    pairs: list[tuple[object, object]] = [(left_tree, right_tree)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
            if _literal(left.value) != _literal(right.value):
                return False
        elif isinstance(left, ast.AST) and isinstance(right, ast.AST):
            for name in left._fields:
                pair = getattr(left, name), getattr(right, name)
                if pair[0] != pair[1]:  # only shared nodes are equal, such as `Load()`
                    pairs.append(pair)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _literal(value: object) -> object:
    """Return the comparable part of a constant: of a literal, only its type."""
    return type(value) if type(value) in _LITERALS else value


def _shape(value: object) -> object:
    match value:
        case dict():
            return dict, [_shape(member) for member in value.values()]
        case list():
            return list, [_shape(item) for item in value]
        case _:
            return type(value)
