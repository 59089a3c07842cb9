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


def resources(*entries: str) -> str:
    lines = "".join(f"- {entry}\n" for entry in entries)
    return DOCUMENT.format(contents=indent(f"resources:\n{lines}", " " * 4))


def serving(location: str, name: str = "docs") -> str:
    return f"{{name: {name}, uri: 'docs://{name}', location: '{location}'}}"


def write(directory: Path, *names: str) -> None:
    """Write files, each with its name as the content."""
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(name, encoding="utf-8")


def read(text: str, directory: Path) -> frontend.Reading:
    spec = directory / "fleet.yaml"
    spec.write_text(text, encoding="utf-8")
    return frontend.read(spec, Options(output=directory))


def serve_files(location: str, directory: Path) -> tuple[ir.FileResource, ...]:
    reading = read(resources(serving(location)), directory)
    assert reading.meaning is not None, reading.diagnostics
    [adapter] = reading.meaning.capability.mcp
    return adapter.files


def faults(location: str, directory: Path) -> str:
    """Return the codes and messages about files that can't be served."""
    reading = read(resources(serving(location)), directory)
    assert reading.meaning is None
    return "\n".join(
        f"{diagnostic.code.slug}: {diagnostic.message}"
        for diagnostic in reading.diagnostics
        if diagnostic.code.slug.startswith("unusable")
    )


# --- files ---


def test_files_are_listed_by_their_paths(tmp_path: Path) -> None:
    write(tmp_path / "docs", "b.md", "a/c.JSON", ".env", "a/.git/config", "plain")
    (tmp_path / "docs/bytes").write_bytes(b"\0\xff")

    files = serve_files("file:///./docs", tmp_path)

    assert [(file.uri, file.media_type) for file in files] == [
        ("docs://docs/a/c.JSON", "application/json"),
        ("docs://docs/b.md", "text/markdown"),
        ("docs://docs/bytes", "application/octet-stream"),
        ("docs://docs/plain", "text/plain"),
    ]


def test_files_that_look_like_modules_have_other_names_in_the_package(
    tmp_path: Path,
) -> None:
    write(tmp_path / "docs", "a.py", "a.py_", "a.py__", "a.pyx", "b.so", "c.md")
    reading = read(resources(serving("docs")), tmp_path)
    assert reading.meaning
    assert reading.serves_directories
    assert reading.imports["docs/c.md"] == b"c.md"

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
    write(tmp_path, "docs/a.md")

    assert len(serve_files(form.format(tmp_path), tmp_path)) == 1


@pytest.mark.parametrize(
    ("location", "fault"),
    [
        ("..", "unusable-location: "),
        ("../other", "unusable-location: "),
        ("/etc", "unusable-location: "),
        ("file:///etc/passwd", "unusable-location: "),
        ("file://host/a", "unusable-location: "),
        ("C:\\a", "unusable-location: "),
        ("out", "unusable-location: "),
        ("docs", "unusable-file: "),
        ("tree", "link to a directory"),
        # Hidden files may be secrets of whoever compiles the spec.
        (".env", "hidden"),
        (".git/config", "hidden"),
        (".git", "hidden"),
        ("link", "hidden"),
        ("links", "hidden"),
        ("names", "names may only have"),
        ("device", "has 'a/Nul.txt': names may"),
        ("case", "differ only in case"),
        ("large", "larger than 4 MiB"),
        ("empty", "has no files"),
        ("levels", "more than 50 levels"),
        ("missing", "doesn't exist"),
        (300 * "x", "doesn't exist"),
    ],
)
def test_no_other_file_is_served(location: str, fault: str, tmp_path: Path) -> None:
    directory = tmp_path / "specs"
    write(tmp_path, "other", "secret")
    write(directory, ".env", ".git/config", "names/a b", "device/a/Nul.txt")
    write(directory, "case/Guide/a", "case/guide/b")
    (directory / "large").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    (directory / ("levels" + "/a" * 60)).mkdir(parents=True)
    for name in ("docs", "tree", "links", "empty"):
        (directory / name).mkdir()
    (directory / "docs/a").symlink_to(tmp_path / "secret")
    (directory / "out").symlink_to(tmp_path)
    (directory / "tree/loop").symlink_to(directory)
    (directory / "link").symlink_to(".env")
    (directory / "links/a.md").symlink_to("../.git/config")

    [message] = faults(location, directory).splitlines()

    assert fault in message
    assert message.startswith("unusable-")


def test_files_are_counted_for_the_whole_spec(tmp_path: Path) -> None:
    write(tmp_path, *(f"half/{number}" for number in range(600)))
    write(tmp_path, *(f"many/{number}" for number in range(1_001)))
    twice = resources(serving("half", "one"), serving("half", "two"))

    reading = read(twice, tmp_path)

    assert "'half' has too much: a spec serves more than 1000 files" in [
        diagnostic.message for diagnostic in reading.diagnostics
    ]
    assert len(serve_files("half", tmp_path)) == 600
    assert "more than 1000 files" in faults("many", tmp_path)


# --- prompts ---


def test_an_argument_of_no_message_is_reported() -> None:
    entry = """\
prompts:
- name: plan
  arguments:
  - name: port
  template:
  - {role: user, content: Go.}
"""
    spec = DOCUMENT.format(contents=indent(entry, " " * 4))
    assert ("unused-input", "port") in findings(spec)
