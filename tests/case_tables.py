"""Tables of cases: YAML files beside modules of tests."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

Test = TypeVar("Test", bound=Callable[..., Any])


def in_table(test: Test) -> Test:
    """Run a test for each row of the table that has its name."""
    own = table(test.__code__.co_filename, test.__name__.removeprefix("test_"))
    tests: Test = pytest.mark.parametrize(own["columns"], own["rows"])(test)
    return tests


def table(module: str, name: str) -> Any:
    """Return a table of the file beside a module."""
    return _tables(Path(module).with_suffix(".yaml"))[name]


def named_table(module: str, name: str) -> Any:
    """Return the content of a file beside a module, `<name>.yaml`."""
    return yaml.safe_load(Path(module).with_name(f"{name}.yaml").read_text("utf-8"))


@cache
def _tables(path: Path) -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return tables
