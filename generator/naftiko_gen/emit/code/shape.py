"""Compares the shapes of files: their content apart from literals.

A file and its twin must have the same shape. Then the text of a spec has changed only
the file's literals.
"""

from __future__ import annotations

import ast
import io
import tokenize
import tomllib
from functools import lru_cache
from symtable import symtable

_LITERALS = (str, bytes, int, float, complex)
_parse = lru_cache(maxsize=2)(ast.parse)
"""A formatted module is compared with its source, then with its twin."""


def same_python(left: bytes, right: bytes) -> bool:
    """Return whether two modules in UTF-8 differ in comments, layout and literals only.

    Raises:
        SyntaxError: One of them isn't valid Python, or a name in the first is misused.
        ValueError: One of them contains a null byte.
    """
    # A comment can declare an encoding, and so change the meaning of the file.
    encoding, _ = tokenize.detect_encoding(io.BytesIO(left).readline)
    if encoding != "utf-8":
        return False
    symtable(left.decode(), "<module>", "exec")
    return _same_tree(_parse(left), _parse(right))


def same_toml(left: bytes, right: bytes) -> bool:
    """Return whether two TOML documents differ in layout, keys and scalars only.

    Raises:
        ValueError: One of them isn't valid TOML.
    """
    return _shape(tomllib.loads(left.decode())) == _shape(tomllib.loads(right.decode()))


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
