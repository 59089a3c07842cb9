"""The emit stage: the files of a package and their content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.configuration.options import Delivery, Layout
from naftiko_gen.emit import template_root
from naftiko_gen.emit.adapters.flow_functions import functions_view
from naftiko_gen.emit.adapters.mcp import mcp_view
from naftiko_gen.emit.adapters.rest import rest_view
from naftiko_gen.emit.answers.flows import script_files
from naftiko_gen.emit.answers.outputs import outputs_view
from naftiko_gen.emit.answers.readers import readers_view
from naftiko_gen.emit.beside import Beside
from naftiko_gen.emit.client.client import client_view
from naftiko_gen.emit.client.mock import mock_view
from naftiko_gen.emit.code.names import CLIENTS_MODULE
from naftiko_gen.emit.code.render import markdown_file, python, toml_file
from naftiko_gen.emit.docs.readme import readme_view
from naftiko_gen.emit.docs.skill import SkillFiles, skills_document
from naftiko_gen.emit.files import File, FileTree, json_file, table_files
from naftiko_gen.emit.openapi.openapi import openapi_document
from naftiko_gen.emit.package.command import command_view, init_view
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.guards import clients_view, is_declared
from naftiko_gen.emit.package.project import dependencies, project_view
from naftiko_gen.emit.package.rows import settings_file
from naftiko_gen.emit.runtime.source import (
    VENDORED_PACKAGE,
    imported_libraries,
    needed_files,
    package_of,
    runtime_file,
)
from naftiko_gen.emit.tests.tests import conftest_view, mcp_tests_view, rest_tests_view
from naftiko_gen.emit.tools.lists import surface_document
from naftiko_gen.emit.types.inputs import input_types_view
from naftiko_gen.emit.types.typed_dicts import response_types_view

FilledTemplate = tuple[str, str, object]
"""The name of a file, its template and the template's variables."""


def adapter_modules(
    adapter: ir.Adapter, emission: Emission, *, are_tests: bool = False
) -> Iterator[FilledTemplate]:
    """Yield the module of an adapter that has one, or its tests."""
    names = emission.names
    match adapter:
        case ir.RestAdapter() if are_tests:
            name = f"test_{names.rest_module(adapter)}.py"
            yield name, "tests/test_rest.py.jinja", rest_tests_view(adapter, emission)
        case ir.RestAdapter():
            name = f"{names.rest_module(adapter)}.py"
            yield name, "python/rest.py.jinja", rest_view(adapter, emission)
        case ir.McpAdapter() if are_tests:
            name = f"test_{names.mcp_module(adapter)}.py"
            yield name, "tests/test_mcp.py.jinja", mcp_tests_view(adapter, emission)
        case ir.McpAdapter():
            name = f"{names.mcp_module(adapter)}.py"
            yield name, "python/mcp_server.py.jinja", mcp_view(adapter, emission)
        case ir.ControlAdapter() | ir.SkillServer() | ir.SkillAdapter():
            pass
        case _:
            assert_never(adapter)


MANY_OPERATIONS = 100
"""Up to this number, another process takes longer than it saves."""
SWAGGER_UI = (
    *("LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui.css"),
    "swagger-ui-bundle.js.LICENSE.txt",
)
"""The files of the API reference, as Swagger UI ships them."""


@dataclass(frozen=True)
class Package:
    """A capability as the files of a package.

    `tell` is called with the name of each module before that is rendered. `digest` is
    that of the spec.
    """

    capability: ir.Capability
    layout: Layout
    has_api_docs: bool = False
    runtime: Delivery = Delivery.VENDORED
    tell: Callable[[str], None] = lambda _: None
    digest: str = ""

    @property
    def shown_source(self) -> str:
        """Return the name of the spec's file as the emitted files show it."""
        return str(self._emission.source)

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Return the requirements of the distributions that the package imports."""
        return dependencies(self._emission, self._imported_libraries())

    def tree(self) -> FileTree:
        """Return the files, below the package directory."""
        match self.layout:
            case Layout.PACKAGE:
                return FileTree(tuple(self._package("")))
            case Layout.PROJECT:
                return FileTree(tuple(self._project()))

    def _project(self) -> Iterator[File]:
        is_large = len(self.capability.operations) > MANY_OPERATIONS
        # These need none of the modules' contents.
        around = Beside(
            lambda: (tuple(self._documents()), tuple(self._tests())),
            is_worthwhile=is_large,
        )
        if is_large:
            _ = self._contents  # is rendered while the other process works
        documents, tests = around.result()
        yield self._project_file
        yield from documents
        yield from self._package(f"{self._emission.names.module}/", tests)
        yield from tests

    @cached_property
    def _emission(self) -> Emission:
        has_api_docs = self.has_api_docs and bool(self.capability.rest)
        return Emission(self.capability, has_api_docs, self.runtime, self.digest)

    def _package(self, directory: str, tests: Iterable[File] = ()) -> Iterator[File]:
        """Yield the files that are imported or read when the package or `tests` run."""
        for name, content in self._contents.items():
            yield self._with_header(f"{directory}{name}", content)
        yield from table_files(self._filled_modules, directory)
        yield settings_file(f"{directory}settings.json", self._emission.variables)
        for file in self._served_files():
            yield File(f"{directory}{file.path}", file.content)
        for script in script_files(self.capability):
            # No tool takes it for a module of the package.
            yield File(f"{directory}{script.path}.txt", script.content)
        yield from self._copied_runtime(
            directory, [test.content for test in tests if test.path.endswith(".py")]
        )
        if self._emission.has_api_docs:
            for name in SWAGGER_UI:
                path = f"{directory}swagger-ui/{name}"
                yield File(path, (template_root() / "swagger-ui" / name).read_bytes())
        yield File(f"{directory}py.typed", b"")

    def _served_files(self) -> Iterator[File]:
        """Yield the files whose contents adapters serve."""
        names = self._emission.names
        for adapter in self.capability.adapters:
            match adapter:
                case ir.RestAdapter():
                    document = openapi_document(adapter, names)
                    yield json_file(f"{names.openapi_file(adapter)}.json", document)
                case ir.McpAdapter(files=files):
                    surface = surface_document(adapter, self.capability)
                    if surface is not None:
                        name = f"{names.mcp_module(adapter)}.surface.json"
                        yield json_file(name, surface)
                    for file in files:
                        yield File(names.file_path(adapter, file), file.content)
                case ir.SkillServer():
                    contents = self._skills.contents
                    skills = skills_document(adapter, self.capability, contents)
                    yield json_file(f"{names.skills_file(adapter)}.json", skills)
                case ir.ControlAdapter() | ir.SkillAdapter():
                    pass
                case _:
                    assert_never(adapter)

    def _copied_runtime(self, directory: str, tests: Iterable[bytes]) -> Iterator[File]:
        """Yield the package's own copy of the runtime: the modules that it needs."""
        if self.runtime is Delivery.VENDORED:
            package = package_of(self.runtime, str(self._emission.names.module))
            own = needed_files(self._contents.values(), package_of(self.runtime))
            for path in sorted({*own, *needed_files(tests, package)}):
                file = f"{directory}{VENDORED_PACKAGE}/{path}"
                yield File(file, runtime_file(path))

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        contents = {}
        for name, template, view in self._filled_modules:
            self.tell(name)
            contents[name] = python(template, view, self._emission.origins)
        return contents

    @cached_property
    def _filled_modules(self) -> tuple[FilledTemplate, ...]:
        return tuple(self._modules())

    def _modules(self) -> Iterator[FilledTemplate]:
        emission = self._emission
        yield "__init__.py", "python/__init__.py.jinja", init_view(emission)
        yield "__main__.py", "python/__main__.py.jinja", command_view(emission)
        if self.capability.has_client:
            yield "client.py", "python/client.py.jinja", client_view(emission)
            yield "mock.py", "python/mock.py.jinja", mock_view(emission)
        adapters: list[FilledTemplate] = []
        for adapter in self.capability.adapters:
            adapters += adapter_modules(adapter, emission)
        yield from self._type_modules(has_tables=any(table_files(adapters, "")))
        if emission.readers.names:
            view = readers_view(emission.readers)
            yield "readers.py", "python/readers.py.jinja", view
        if self.capability.flows:
            flows = functions_view(emission)
            yield "functions.py", "python/functions.py.jinja", flows
        if any(
            is_declared(server, self.capability) for server in self.capability.servers
        ):
            file = f"{CLIENTS_MODULE}.py"
            yield file, "python/authentication.py.jinja", clients_view(emission)
        yield from adapters

    def _type_modules(self, *, has_tables: bool) -> Iterator[FilledTemplate]:
        emission = self._emission
        outputs, inputs = emission.outputs, emission.input_types
        argument_types = emission.argument_types
        if outputs.projections:
            yield "outputs.py", "python/outputs.py.jinja", outputs_view(
                outputs, argument_types
            )
        if inputs.names or has_tables:
            types = input_types_view(inputs)
            yield "inputs.py", "python/inputs.py.jinja", types
        if argument_types.names:
            yield "arguments.py", "python/arguments.py.jinja", argument_types.view()
        responses = response_types_view(self.capability)
        if responses is not None:
            yield "responses.py", "python/responses.py.jinja", responses

    @property
    def _project_file(self) -> File:
        project = project_view(self._emission, self._imported_libraries())
        content = toml_file("frame/pyproject.toml.jinja", project)
        return File("pyproject.toml", content)

    def _documents(self) -> Iterator[File]:
        readme = markdown_file("frame/README.md.jinja", readme_view(self._emission))
        yield File("README.md", readme, seed=True)
        for name, files in self._skills.contents.items():
            for path, text in files.items():
                yield File(f"skills/{name}/{path}", text)

    @cached_property
    def _skills(self) -> SkillFiles:
        return SkillFiles(self._emission)

    def _imported_libraries(self) -> frozenset[str]:
        """Return the libraries that modules import, if only the project names them."""
        if self.runtime is Delivery.LIBRARY:
            return imported_libraries(self._contents.values())
        return frozenset()

    def _tests(self) -> Iterator[File]:
        modules = tuple(self._test_modules())
        for name, template, view in modules:
            tested_module = name.removeprefix("test_").removesuffix(".py")
            origins = self._emission.test_origins(tested_module)
            yield self._with_header(f"tests/{name}", python(template, view, origins))
        yield from table_files(modules, "tests/")

    def _test_modules(self) -> Iterator[FilledTemplate]:
        conftest = conftest_view(self._emission)
        if conftest.fixtures:
            yield "conftest.py", "tests/conftest.py.jinja", conftest
        for adapter in self.capability.adapters:
            yield from adapter_modules(adapter, self._emission, are_tests=True)

    def _with_header(self, path: str, content: bytes) -> File:
        source = self._emission.source
        header = f"# Code generated by naftiko-gen from {source}. DO NOT EDIT.\n"
        return File(path, header.encode() + content)
