"""The forms of an imported capability, which become the same package."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from apis import chosen_names
from published_documents import DOCUMENTS

from naftiko_gen.cli.main import main
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.openapi.write.capability import Wishes, capability

NAMING = {
    *("README.md", "__main__.py", "client.py", "settings.json", "conftest.py"),
}
"""The files that name each address and credential of an API."""
DIGEST = re.compile(rb"^    digest=.*\n", re.MULTILINE)
"""The line of `__main__.py` in which any two specs differ."""
SETTINGS = re.compile(r"^class Settings.*?\n\n\n", re.MULTILINE | re.DOTALL)


def package(spec: Path) -> dict[str, bytes]:
    """Compile a capability; return its files, without manifest and digest."""
    root = spec.parent / "out"
    command = [str(spec), "-o", str(root), "-q", "--import-root", "."]
    assert main(command) == 0
    paths = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): DIGEST.sub(b"", path.read_bytes())
        for path in paths
        if path.name != ".naftiko-gen.json"
    }


def client(files: dict[str, bytes], namespace: str) -> str:
    """Return the client without settings and names of upstreams, as on one line."""
    [content] = (files[path] for path in files if path.endswith("spec/client.py"))
    text = SETTINGS.sub("", content.decode())
    text = re.sub(rf"_?{namespace.replace('-', '_')}\w*", "", text)
    return re.sub(r"[\s(),]+", " ", text)


@pytest.mark.parametrize("name", chosen_names())
def test_all_forms_are_one_package(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With functions, with inputs in routes and tools, and with a reference."""
    document = DOCUMENTS[name]
    file = Path(f"api{document.file.suffix}")
    monkeypatch.chdir(tmp_path)
    shutil.copy(document.file, file)
    specs = [Path(form, "spec.yaml") for form in ("functions", "units", "reference")]
    for spec, options in zip(specs, ([], [], ["--reference"]), strict=True):
        assert main(["import", str(file), "-q", "-o", str(spec), *options]) == 0
    api = open_description(file).api
    assert api
    text = capability(api, Wishes(file.name, has_functions=False)).text
    specs[1].write_text(text, "utf-8")

    whole_api, units, reference = map(package, specs)
    assert units == whole_api
    assert reference.keys() == whole_api.keys()
    unequal = {
        Path(path).name for path in whole_api if whole_api[path] != reference[path]
    }
    is_of_one_address = specs[0].read_text("utf-8").count("baseUri: ") == 1
    assert unequal <= (set() if is_of_one_address else NAMING)
    [namespace] = re.findall("- openapi: (.*)", specs[2].read_text("utf-8"))
    assert client(reference, namespace) == client(whole_api, namespace)
