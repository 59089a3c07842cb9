"""Resources and prompts of an MCP adapter: their URIs, files and placeholders."""

from pathlib import Path
from textwrap import indent

import pytest
from documents import findings

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.emit.package_files import Package

DOCUMENT = """\
naftiko: 1.0.0-alpha2
info: {{label: Fleet, description: Ships.}}
capability:
  consumes:
  - type: http
    namespace: registry
    baseUri: https://registry.example.com
    resources:
    - name: ships
      path: /ships/{{{{imo}}}}
      operations:
      - {{name: get-ship, inputParameters: [{{name: imo, in: path}}]}}
  exposes:
  - type: mcp
    namespace: fleet
    port: 9090
{contents}
"""


def resources(entries: str) -> str:
    contents = "resources:\n" + entries
    return DOCUMENT.format(contents=indent(contents, " " * 4))


def prompts(entries: str) -> str:
    contents = "prompts:\n" + entries
    return DOCUMENT.format(contents=indent(contents, " " * 4))


def read(text: str, directory: Path) -> frontend.Reading:
    spec = directory / "fleet.yaml"
    spec.write_text(text, encoding="utf-8")
    return frontend.read(spec, Options(output=directory))


def serve_files(location: str, directory: Path) -> tuple[ir.FileResource, ...]:
    entry = f"- {{name: docs, uri: 'docs://all', location: '{location}'}}"
    reading = read(resources(entry), directory)
    assert reading.meaning is not None, reading.diagnostics
    [adapter] = reading.meaning.capability.mcp
    return adapter.files


def faults(location: str, directory: Path) -> list[tuple[str, str]]:
    entry = f"- {{name: docs, uri: 'docs://all', location: '{location}'}}"
    reading = read(resources(entry), directory)
    assert reading.meaning is None
    return [
        (diagnostic.code.slug, diagnostic.message)
        for diagnostic in reading.diagnostics
        if diagnostic.code.slug.startswith("unusable")
    ]


# --- files ---


def test_files_are_listed_by_their_paths(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.JSON", ".env", "a/.git/config", "plain"):
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_text("x", encoding="utf-8")
    (tmp_path / "docs/bytes").write_bytes(b"\0\xff")

    files = serve_files("file:///./docs", tmp_path)

    assert [(file.uri, file.media_type) for file in files] == [
        ("docs://all/a/c.JSON", "application/json"),
        ("docs://all/b.md", "text/markdown"),
        ("docs://all/bytes", "application/octet-stream"),
        ("docs://all/plain", "text/plain"),
    ]


def test_files_that_look_like_modules_have_other_names_in_the_package(
    tmp_path: Path,
) -> None:
    names = ("a.py", "a.py_", "a.py__", "a.pyx", "b.so", "c.md")
    for name in names:
        (tmp_path / "docs" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "docs" / name).write_text(name, encoding="utf-8")
    entry = "- {name: docs, uri: 'docs://all', location: docs}"
    reading = read(resources(entry), tmp_path)
    assert reading.meaning

    tree = Package(reading.meaning.capability, Layout.PACKAGE).tree()

    in_package = {
        file.path.rpartition("/")[2]: file.content.decode()
        for file in tree
        if "resources/" in file.path
    }
    assert in_package == {
        "a.py_": "a.py",
        "a.py__": "a.py_",
        "a.py___": "a.py__",
        "a.pyx": "a.pyx",
        "b.so_": "b.so",
        "c.md": "c.md",
    }


@pytest.mark.parametrize("form", ["docs", "./docs", "file:./docs", "file://{}/docs"])
def test_a_location_is_relative_or_below_the_spec(form: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("x", encoding="utf-8")

    assert len(serve_files(form.format(tmp_path), tmp_path)) == 1


@pytest.mark.parametrize(
    "location",
    ["..", "../other", "/etc", "file:///etc/passwd", "file://host/a", "C:\\a"],
)
def test_no_other_file_is_served(location: str, tmp_path: Path) -> None:
    directory = tmp_path / "specs"
    directory.mkdir()
    (tmp_path / "other").write_text("x", encoding="utf-8")

    [(slug, _)] = faults(location, directory)

    assert slug == "unusable-location"


def test_links_out_are_refused(tmp_path: Path) -> None:
    (tmp_path / "specs/docs").mkdir(parents=True)
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (tmp_path / "specs/docs/a").symlink_to(tmp_path / "secret")
    (tmp_path / "specs/out").symlink_to(tmp_path)
    (tmp_path / "specs/tree").mkdir()
    (tmp_path / "specs/tree/loop").symlink_to(tmp_path / "specs")

    assert [slug for slug, _ in faults("docs", tmp_path / "specs")] == ["unusable-file"]
    assert [slug for slug, _ in faults("out", tmp_path / "specs")] == [
        "unusable-location"
    ]
    assert "link to a directory" in faults("tree", tmp_path / "specs")[0][1]


@pytest.mark.parametrize("location", [".env", ".git/config", ".git", "link", "docs"])
def test_hidden_files_are_never_served(location: str, tmp_path: Path) -> None:
    """They may be secrets of whoever compiles the spec."""
    (tmp_path / ".env").write_text("TOKEN=secret", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text("secret", encoding="utf-8")
    (tmp_path / "link").symlink_to(".env")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").symlink_to("../.git/config")

    [(slug, message)] = faults(location, tmp_path)

    assert slug == "unusable-file"
    assert "hidden" in message


def test_names_and_sizes_have_limits(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names/a b").write_text("x", encoding="utf-8")
    (tmp_path / "large").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    (tmp_path / "empty").mkdir()
    (tmp_path / "many").mkdir()
    for number in range(1_001):
        (tmp_path / f"many/{number}").touch()

    assert "names may only have" in faults("names", tmp_path)[0][1]
    for name in ("device/a/Nul.txt", "case/Guide/a", "case/guide/b"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert "has 'a/Nul.txt': names may" in faults("device", tmp_path)[0][1]
    assert "differ only in case" in faults("case", tmp_path)[0][1]
    assert "larger than 4 MiB" in faults("large", tmp_path)[0][1]
    assert "has no files" in faults("empty", tmp_path)[0][1]
    (tmp_path / ("levels" + "/a" * 60)).mkdir(parents=True)
    (tmp_path / "half").mkdir()
    for number in range(600):
        (tmp_path / f"half/{number}").touch()

    assert "more than 1000 files" in faults("many", tmp_path)[0][1]
    assert "more than 50 levels" in faults("levels", tmp_path)[0][1]
    assert len(serve_files("half", tmp_path)) == 600
    assert "doesn't exist" in faults("missing", tmp_path)[0][1]


def test_files_are_counted_for_the_whole_spec(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    for number in range(600):
        (tmp_path / f"half/{number}").touch()
    twice = "".join(
        f"- {{name: {name}, uri: 'docs://{name}', location: half}}\n"
        for name in ("one", "two")
    )

    reading = read(resources(twice), tmp_path)

    assert "'half' has too much: a spec serves more than 1000 files" in [
        diagnostic.message for diagnostic in reading.diagnostics
    ]


def test_served_files_are_sources_of_the_package(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text("x", encoding="utf-8")
    entry = "- {name: docs, uri: 'docs://all', location: docs}"

    reading = read(resources(entry), tmp_path)

    assert reading.imports == {"docs/a.md": b"x"}
    assert reading.serves_directories


# --- prompts ---


def test_an_argument_of_no_message_is_reported() -> None:
    entry = """\
- name: plan
  arguments:
  - name: port
  template:
  - {role: user, content: Go.}
"""
    assert ("unused-input", "port") in findings(prompts(entry))
