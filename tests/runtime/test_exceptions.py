"""The exceptions of the runtime: all derive from one, which packages export."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import naftiko_runtime
from naftiko_runtime import errors
from naftiko_runtime.errors import NaftikoError

if TYPE_CHECKING:
    from collections.abc import Iterator


def exceptions() -> Iterator[type[BaseException]]:
    """Yield the classes of exceptions that modules of the runtime define."""
    modules = pkgutil.walk_packages(naftiko_runtime.__path__, "naftiko_runtime.")
    for entry in modules:
        module = importlib.import_module(entry.name)
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, BaseException) and value.__module__ == entry.name:
                yield value


KINDS = list(exceptions())
GOLDEN = Path(__file__).parents[1] / "golden"
EXPORTS = GOLDEN / "package-layout" / "expected" / "__init__.py"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_derives_from_one(kind: type[BaseException]) -> None:
    assert issubclass(kind, NaftikoError)


def test_packages_export_the_exceptions_that_users_meet() -> None:
    package = ast.parse(EXPORTS.read_text("utf-8"))
    [names] = (node.value for node in package.body if isinstance(node, ast.Assign))
    expected = {"NaftikoError", "CallError", "StatusError", "errors"}
    assert expected <= set(ast.literal_eval(names))


@pytest.mark.parametrize(
    "kind", ["NotSentError", "NoAnswerError", "ConnectionLostError"]
)
def test_a_module_that_packages_export_has_the_exceptions_of_transports(
    kind: str,
) -> None:
    assert issubclass(getattr(errors, kind), NaftikoError)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_is_documented(kind: type[BaseException]) -> None:
    assert kind.__doc__
