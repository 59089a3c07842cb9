"""Copies of a module, each without one of the checks that it makes."""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy

Edit = Callable[[ast.AST], None]


def without_a_check(source: str, *names: str) -> Iterator[tuple[str, list[str]]]:
    """Give each check of a module, and the source without it.

    With names, only those of these classes and functions. A check is dropped by its
    passing; one side of an `or` may pass by either value.
    """
    tree = ast.parse(source)
    parts = [p for p in tree.body if not names or getattr(p, "name", "") in names]
    inside = {id(node) for part in parts for node in ast.walk(part)}
    for at, node in enumerate(ast.walk(tree)):
        for check, edits in _checks(node) if id(node) in inside else ():
            yield check, [_apply_edit(tree, at, edit) for edit in edits]


def without_a_statement(source: str, *functions: str) -> Iterator[tuple[str, str]]:
    """Give each statement of functions of a module, and the source without it."""
    tree = ast.parse(source)
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for index, statement in enumerate(node.body):
                if not _is_docstring(statement):
                    edit = _replace_part("body", ast.Pass(), index)
                    yield ast.unparse(statement), _apply_edit(tree, at, edit)


def _is_docstring(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Constant(str())):
            return True
        case _:
            return False


def _apply_edit(tree: ast.Module, at: int, edit: Edit) -> str:
    copy = deepcopy(tree)
    edit(list(ast.walk(copy))[at])
    return ast.unparse(ast.fix_missing_locations(copy))


def _checks(node: ast.AST) -> Iterator[tuple[str, list[Edit]]]:
    yes, no = ast.Constant(True), ast.Constant(False)
    match node:
        case ast.BoolOp(op=op, values=values):
            passing = [yes] if isinstance(op, ast.And) else [yes, no]
            for index, value in enumerate(values):
                edits = [
                    _replace_part("values", constant, index) for constant in passing
                ]
                yield ast.unparse(value), edits
        case ast.If(test=test, body=[ast.Return(ast.Constant(None))]):
            yield ast.unparse(test), [_replace_part("test", no)]
        case ast.IfExp(test=test):
            yield ast.unparse(test), [_replace_part("test", yes)]
        case ast.Return(ast.Compare() as value):
            yield ast.unparse(value), [_replace_part("value", yes)]
        case ast.ExceptHandler(type=ast.AST() as kind, body=[ast.Return()]):
            yield ast.unparse(kind), [_replace_part("type", ast.Tuple([]))]
        case _:
            pass


def _replace_part(name: str, new: ast.AST, index: int | None = None) -> Edit:
    """Return the edit that puts a node in the place of a node's part."""

    def edit(node: ast.AST) -> None:
        if index is None:
            setattr(node, name, new)
        else:
            getattr(node, name)[index] = new

    return edit
