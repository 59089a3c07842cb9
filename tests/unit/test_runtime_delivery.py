"""The deliveries of the runtime: a copy in each package, or a library beside them."""

import ast
import json
import re
import shutil
import tomllib
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from compiler import run_compiler
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Delivery, Options
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.emit import template_root
from naftiko_gen.emit.package import project
from naftiko_gen.emit.runtime import source
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.atomic import replace
from naftiko_gen.publish.manifest import MANIFEST_NAME

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "tests" / "diagnostics" / "clean.yaml"
GOLDEN = ROOT / "tests" / "golden"
RUN = ("books.yaml", "orders.yaml", "-q", "-o", "out", "--runtime", "library")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory with two specs."""
    monkeypatch.chdir(tmp_path)
    for name in ("books", "orders"):
        shutil.copy(SPEC, f"{name}.yaml")
    return tmp_path


def manifest(package: str | Path) -> dict[str, Plain]:
    document = json.loads((Path(package) / MANIFEST_NAME).read_bytes())
    assert isinstance(document, dict)
    return document


def files(root: str | Path) -> dict[str, bytes]:
    paths = (path for path in Path(root).rglob("*") if path.is_file())
    sources = (path for path in paths if "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sources}


def compile_with(spec: Path, output: Path, delivery: Delivery) -> dict[str, bytes]:
    options = Options(output=output, runtime=delivery, cached=False)
    result = compile_spec(spec, options)
    assert result.changes, result.diagnostics
    return files(result.changes.root)


SEED = ROOT / "specs" / "training-runs.yaml"
MOST_FILES = {Delivery.VENDORED: 64, Delivery.LIBRARY: 16}
"""The most files of a package with a route and a tool for each of two operations."""


@pytest.mark.parametrize("delivery", MOST_FILES)
def test_a_small_package_has_few_files(delivery: Delivery, tmp_path: Path) -> None:
    package = compile_with(SEED, tmp_path / "out", delivery)
    assert len(package) <= MOST_FILES[delivery], sorted(package)


# --- a library ---------------------------------------------------


@pytest.mark.parametrize(
    "case", ["query-and-headers", "shaped-output", "signed-requests", "two-adapters"]
)
def test_the_deliveries_differ_only_by_the_prefix_of_imports(
    case: str, tmp_path: Path
) -> None:
    spec = GOLDEN / case / "spec.yaml"
    vendored_files = compile_with(spec, tmp_path / "vendored", Delivery.VENDORED)
    library = compile_with(spec, tmp_path / "library", Delivery.LIBRARY)

    runtime_paths = {
        path for path in vendored_files if path.startswith("spec/_runtime/")
    }
    assert runtime_paths == vendored_files.keys() - library.keys()
    for path in library.keys() - {"pyproject.toml", "README.md", MANIFEST_NAME}:
        if path.endswith(".py"):
            assert meaning(vendored_files[path]) == meaning(library[path]), path
        else:
            assert vendored_files[path] == library[path], path


def meaning(module: bytes) -> tuple[list[str], list[str]]:
    """Return the imports of a module, sorted, and its other statements.

    isort puts relative imports behind those of libraries.
    """
    text = module.decode()
    for package in ("spec._runtime", "._runtime"):
        for end in (".", " import"):
            text = text.replace(f"from {package}{end}", f"from naftiko_runtime{end}")
    imports: list[str] = []
    others: list[str] = []
    for node in ast.parse(text).body:
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        (imports if is_import else others).append(ast.unparse(node))
    return sorted(imports), others


@pytest.mark.parametrize(
    ("case", "requirement", "own"),
    [
        ("signed-requests", "naftiko-runtime[crypto]>=1.0,<2", set()),
        ("two-adapters", "naftiko-runtime>=1.0,<2", {"starlette>=1.3,<2"}),
    ],
)
def test_a_library_package_depends_on_the_runtime_and_its_own_imports(
    tmp_path: Path, case: str, requirement: str, own: set[str]
) -> None:
    spec = GOLDEN / case / "spec.yaml"

    contents = compile_with(spec, tmp_path, Delivery.LIBRARY)

    project = tomllib.loads(contents["pyproject.toml"].decode())["project"]
    names = project["dependencies"]
    [runtime] = [name for name in names if name.startswith("naftiko-runtime")]
    assert runtime == requirement
    others = {name for name in names if name != runtime}
    assert others == own
    assert "runtime" not in json.loads(contents[MANIFEST_NAME])


def test_the_readme_of_a_library_package_installs_the_runtime_from_a_directory(
    tmp_path: Path,
) -> None:
    spec = GOLDEN / "stdio" / "spec.yaml"

    readme = compile_with(spec, tmp_path / "library", Delivery.LIBRARY)["README.md"]
    assert b".venv/bin/pip install ../naftiko-runtime .\n" in readme
    readme = compile_with(spec, tmp_path / "vendored", Delivery.VENDORED)["README.md"]
    assert b"naftiko-runtime" not in readme


def test_the_changelog_begins_with_the_version_of_the_runtime() -> None:
    text = (template_root() / "runtime" / "CHANGELOG.md").read_text("utf-8")

    [first, *_] = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert first == source.runtime_version()


def test_the_distribution_declares_the_libraries_of_packages() -> None:
    path = template_root() / "runtime" / "pyproject.toml"
    metadata = tomllib.loads(path.read_text("utf-8"))["project"]

    assert tuple(metadata["dependencies"]) == project.DEPENDENCIES
    extras = {k: tuple(v) for k, v in metadata["optional-dependencies"].items()}
    assert extras == project.EXTRAS


def test_the_distribution_has_the_license_of_the_project() -> None:
    own = (template_root() / "runtime" / "LICENSE").read_bytes()

    assert own == (ROOT / "LICENSE").read_bytes()


# --- copies ------------------------------------------------------


def test_a_manifest_has_the_version_and_the_digest_of_the_whole_runtime() -> None:
    main(["books.yaml", "orders.yaml", "-q", "-o", "out"])

    books, orders = manifest("out/books"), manifest("out/orders")
    runtime = {"version": source.runtime_version(), "digest": source.runtime_digest()}
    assert books["runtime"] == orders["runtime"] == runtime


# --- the distribution beside library packages --------------------


def test_runs_side_by_side_agree_on_the_distribution() -> None:
    names = [f"spec{number}" for number in range(6)]
    for name in names:
        shutil.copy(SPEC, f"{name}.yaml")

    def compile_(name: str) -> int:
        return run_compiler(f"{name}.yaml", *RUN[2:]).returncode

    with ThreadPoolExecutor(3) as threads:
        codes = list(threads.map(compile_, names))

    assert codes == [Exit.DONE] * len(names)
    check = [*(f"{name}.yaml" for name in names), *RUN[2:], "--check"]
    assert main(check) == Exit.DONE


@pytest.mark.parametrize("step", [1, 2], ids=["the runtime", "the package"])
def test_the_next_run_completes_a_killed_one(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(RUN)
    Path("out/naftiko-runtime/naftiko_runtime/errors.py").unlink()
    Path("out/books/books/client.py").unlink()
    calls = count(1)

    def kill(file: Path, content: bytes, *, mode: int | None = None) -> None:
        if next(calls) >= step:
            raise KeyboardInterrupt
        replace(file, content, mode=mode)

    with monkeypatch.context() as patch:
        patch.setattr("naftiko_gen.publish.plan.atomic.replace", kill)
        assert main(RUN) == 130

    assert main(RUN) == Exit.DONE
    assert main([*RUN, "--check"]) == Exit.DONE
