import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import naftiko_gen
from naftiko_gen.cache.fingerprint import package_key
from naftiko_gen.emit import template_root


def test_templates_are_found_in_the_checkout() -> None:
    assert template_root().is_dir()
    assert template_root().name == "templates"


def key_of(package_parent: Path) -> str:
    """The key that the copy of the generator in that directory gives itself."""
    program = "from naftiko_gen.cache.fingerprint import generator_key as k; print(k())"
    environment = {**os.environ, "PYTHONPATH": str(package_parent)}
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, env=environment, text=True).strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources, with the templates beside the package's parent."""
    package, copy = Path(naftiko_gen.__file__).parent, tmp_path / "checkout"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, copy / "generator" / "naftiko_gen", ignore=ignore)
    shutil.copytree(template_root(), copy / "templates", ignore=ignore)
    return copy


def test_a_checkout_and_an_installation_have_one_key(
    checkout: Path, tmp_path: Path
) -> None:
    installation = tmp_path / "site-packages"
    shutil.copytree(checkout / "generator", installation)
    shutil.copytree(checkout / "templates", installation / "naftiko_gen" / "templates")

    key = key_of(checkout / "generator")

    assert len(key) == 64
    assert key_of(installation) == key
    assert key_of(installation) == key, "compiled files must not count"


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
    left, right = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    assert package_key("g", "s", b"", left, []) == package_key("g", "s", b"", right, [])


def test_a_file_that_is_touched_is_noticed(checkout: Path) -> None:
    program = (
        "from pathlib import Path; import naftiko_gen.cache.fingerprint as f;"
        "f.generator_key(); before = f.is_generator_unchanged();"
        f"Path({str(checkout / 'templates' / 'new.jinja')!r}).touch();"
        "print(before, f.is_generator_unchanged())"
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout / "generator")}
    command = [sys.executable, "-c", program]
    output = subprocess.check_output(command, env=environment, text=True)
    assert output == "True False\n"


def test_the_versions_of_libraries_count(checkout: Path, tmp_path: Path) -> None:
    before = key_of(checkout / "generator")
    (checkout / "generator" / "black-99.0.dist-info").mkdir()
    assert key_of(checkout / "generator") != before
