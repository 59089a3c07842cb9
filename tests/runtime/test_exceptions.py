"""The exceptions of the runtime: all derive from one, which packages export."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import pytest

import naftiko_runtime
from naftiko_gen.emit.package.command import CLIENT_PUBLIC, PUBLIC
from naftiko_gen.emit.runtime.names import PUBLIC_MODULES
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


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_exception_derives_from_one(kind: type[BaseException]) -> None:
    assert issubclass(kind, NaftikoError)


def test_packages_export_the_exceptions_that_users_meet() -> None:
    names = {*PUBLIC, *CLIENT_PUBLIC}
    assert names >= {"NaftikoError", "CallError", "StatusError"}
    assert "errors" in PUBLIC_MODULES


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
