from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import naftiko_gen
from naftiko_gen.fingerprint import (
    UpToDate,
    is_up_to_date,
    package_key,
    recorded_imports,
)
from naftiko_gen.output.files import File, FileTree
from naftiko_gen.output.manifest import MANIFEST_NAME, Provenance
from naftiko_gen.output.plan import Plan, plan
from naftiko_gen.output.publication import publish
from naftiko_gen.output.staging import make_staging
from naftiko_gen.resources import template_root

TREE = FileTree((File("a.py", b"a"), File("README.md", b"", seed=True)))


def published(root: Path, warnings: int = 0) -> Path:
    imports = {"shared.yaml": "ab" * 32}
    provenance = Provenance("a.yaml", "", "key", warnings, notes=2, imports=imports)
    found = plan(root, TREE, provenance, force=False)
    assert isinstance(found, Plan)
    publish(found)
    return root


def test_templates_are_found_in_the_checkout() -> None:
    assert template_root().is_dir()
    assert template_root().name == "templates"


def key_of(package_parent: Path) -> str:
    """The key that the copy of the generator in that directory gives itself."""
    program = "from naftiko_gen.fingerprint import generator_key as k; print(k())"
    environment = {**os.environ, "PYTHONPATH": str(package_parent)}
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, env=environment, text=True).strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, with the templates beside the package's parent."""
    package, copy = Path(naftiko_gen.__file__).parent, tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, copy / "generator" / "naftiko_gen", ignore=ignored)
    shutil.copytree(template_root(), copy / "templates", ignore=ignored)
    return copy


def test_a_checkout_and_an_installation_have_one_key(
    checkout: Path, tmp_path: Path
) -> None:
    installed = tmp_path / "site-packages"
    shutil.copytree(checkout / "generator", installed)
    shutil.copytree(checkout / "templates", installed / "naftiko_gen" / "templates")

    key = key_of(checkout / "generator")

    assert len(key) == 64
    assert key_of(installed) == key
    assert key_of(installed) == key, "compiled files must not count"


@pytest.mark.parametrize("part", ["generator/naftiko_gen/x.py", "templates/x.jinja"])
def test_any_change_of_the_generator_changes_its_key(checkout: Path, part: str) -> None:
    keys = [key_of(checkout / "generator")]
    for content in ("", "more"):
        (checkout / part).write_text(content)
        keys.append(key_of(checkout / "generator"))
    assert len(set(keys)) == 3


def test_a_package_key_depends_on_each_of_its_parts() -> None:
    keys = [
        package_key("g", "spec", b"content", {"a": "1"}, ["mcp"]),
        package_key("h", "spec", b"content", {"a": "1"}, ["mcp"]),
        package_key("g", "specc", b"ontent", {"a": "1"}, ["mcp"]),
        package_key("g", "spec", b"content", {"a": "2"}, ["mcp"]),
        package_key("g", "spec", b"content", {}, ["mcp"]),
        package_key("g", "spec", b"content", {"a": "1"}, ["m", "cp"]),
    ]
    assert len(set(keys)) == len(keys)


def test_the_order_of_imports_means_nothing() -> None:
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert package_key("g", "s", b"", one, []) == package_key("g", "s", b"", other, [])


def test_a_package_is_up_to_date_after_its_run(tmp_path: Path) -> None:
    root = published(tmp_path / "package")
    assert is_up_to_date(root, "key") == UpToDate(files=1, notes=2)
    assert recorded_imports(root) == {"shared.yaml": "ab" * 32}


def test_a_seed_may_change(tmp_path: Path) -> None:
    root = published(tmp_path / "package")
    (root / "README.md").unlink()
    assert is_up_to_date(root, "key")


def test_another_key_is_not_up_to_date(tmp_path: Path) -> None:
    assert is_up_to_date(published(tmp_path / "package"), "other") is None


def test_warnings_must_be_given_again(tmp_path: Path) -> None:
    assert is_up_to_date(published(tmp_path / "package", warnings=1), "key") is None


def test_what_a_killed_run_left_must_be_completed(tmp_path: Path) -> None:
    root = published(tmp_path / "package")
    make_staging(tmp_path, root)
    assert is_up_to_date(root, "key") is None


@pytest.mark.parametrize("path", ["a.py", MANIFEST_NAME])
def test_files_must_be_as_they_were_written(tmp_path: Path, path: str) -> None:
    root = published(tmp_path / "package")
    (root / path).write_text("{}")
    assert is_up_to_date(root, "key") is None
    (root / path).unlink()
    assert is_up_to_date(root, "key") is None
    os.mkfifo(root / path)
    assert is_up_to_date(root, "key") is None


def test_nothing_there_is_not_up_to_date(tmp_path: Path) -> None:
    assert is_up_to_date(tmp_path / "missing", "key") is None
    assert recorded_imports(tmp_path / "missing") == {}


def test_the_check_needs_no_heavy_import() -> None:
    program = "import sys, naftiko_gen.fingerprint; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)
    heavy = {"yaml", "pydantic", "black", "jinja2", "ctypes", "difflib"}
    assert not heavy & set(loaded.split())
