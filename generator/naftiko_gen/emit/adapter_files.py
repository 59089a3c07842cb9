"""The files of a package that its adapters need."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen.emit.files import File
from naftiko_gen.emit.package.mcp import mcp_view
from naftiko_gen.emit.package.rest import rest_view
from naftiko_gen.emit.package.skill_documents import skills_document
from naftiko_gen.emit.package.tables import json_file
from naftiko_gen.emit.tests.tests import mcp_tests_view, rest_tests_view
from naftiko_gen.ir import (
    ControlAdapter,
    McpAdapter,
    RestAdapter,
    SkillAdapter,
    SkillServer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import DataclassInstance

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.skill_files import SkillFiles
    from naftiko_gen.ir import Adapter

FilledTemplate = tuple[str, str, "DataclassInstance"]
"""The name of a file, its template and the template's variables."""


def adapter_modules(adapter: Adapter, emission: Emission) -> Iterator[FilledTemplate]:
    """Yield the module of an adapter that has one."""
    match adapter:
        case RestAdapter():
            file = f"{emission.names.rest_module(adapter)}.py"
            yield file, "python/rest.py.jinja", rest_view(adapter, emission)
        case McpAdapter():
            file = f"{emission.names.mcp_module(adapter)}.py"
            yield file, "python/mcp_server.py.jinja", mcp_view(adapter, emission)
        case ControlAdapter() | SkillServer() | SkillAdapter():
            pass
        case _:
            assert_never(adapter)


def adapter_tests(adapter: Adapter, emission: Emission) -> Iterator[FilledTemplate]:
    """Yield the tests of an adapter that has a module."""
    match adapter:
        case RestAdapter():
            file = f"test_{emission.names.rest_module(adapter)}.py"
            yield file, "tests/test_rest.py.jinja", rest_tests_view(adapter, emission)
        case McpAdapter():
            file = f"test_{emission.names.mcp_module(adapter)}.py"
            yield file, "tests/test_mcp.py.jinja", mcp_tests_view(adapter, emission)
        case ControlAdapter() | SkillServer() | SkillAdapter():
            pass
        case _:
            assert_never(adapter)


def served_files(
    adapter: Adapter, emission: Emission, skills: SkillFiles
) -> Iterator[File]:
    """Yield the files whose contents an adapter serves."""
    match adapter:
        case McpAdapter(files=files):
            for file in files:
                yield File(emission.names.file_path(adapter, file), file.content)
        case SkillServer():
            document = skills_document(adapter, emission.capability, skills.contents)
            yield json_file(f"{emission.names.skills_file(adapter)}.json", document)
        case RestAdapter() | ControlAdapter() | SkillAdapter():
            pass
        case _:
            assert_never(adapter)
