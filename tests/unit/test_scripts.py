"""Scripts of specs: where their files are, and which imports they may have."""

from pathlib import Path

import pytest

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.resolve import scripts
from naftiko_runtime.outputs import worker

SPEC = """\
naftiko: 1.0.0-alpha2
capability:
  exposes:
  - type: mcp
    namespace: shop
    port: 9090
    tools:
    - name: add
      description: Adds numbers.
      steps:
      - {STEP}
      mappings: [{targetName: sum, value: $.sum}]
  - {type: control, port: 9091, management: {scripting: SETTINGS}}
"""


def read(directory: Path, step: str, settings: str = "{}") -> frontend.Reading:
    spec = directory / "spec.yaml"
    text = SPEC.replace("STEP", f"type: script, name: sum, {step}")
    spec.write_text(text.replace("SETTINGS", settings), encoding="utf-8")
    return frontend.read(spec, Options(output=directory))


def errors(reading: frontend.Reading) -> list[str]:
    diagnostics = (d for d in reading.findings if d.severity is Severity.ERROR)
    return [f"{d.code.slug}: {d.message}" for d in diagnostics]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    inside = tmp_path / "specs"
    (inside / "app/scripts").mkdir(parents=True)
    (inside / "app/scripts/sum.py").write_text("result = 1", encoding="utf-8")
    (inside / "app/scripts/lib.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/sum.py").write_text("result = 2", encoding="utf-8")
    (inside / "link").symlink_to(tmp_path / "outside")
    return inside


@pytest.mark.parametrize(
    "location",
    [
        *("./app/scripts", "app/scripts", "file:///app/scripts"),
        *("file:///srv/app/scripts", "file:///./app/scripts", "DIRECTORY/app/scripts"),
        *("file://DIRECTORY/app/scripts",),
    ],
)
def test_a_location_leads_into_the_directory_of_the_spec(
    directory: Path, location: str
) -> None:
    location = location.replace("DIRECTORY", str(directory))
    reading = read(directory, f"location: '{location}', file: sum.py")
    assert errors(reading) == []
    assert reading.imports == {"app/scripts/sum.py": b"result = 1"}


@pytest.mark.parametrize(
    "place",
    [
        "location: ../outside, file: sum.py",
        "location: file:///outside, file: sum.py",
        "location: OUTSIDE, file: sum.py",
        "location: link, file: sum.py",
        "location: file:///link, file: sum.py",
        "location: app/scripts, file: ../../../outside/sum.py",
        "location: app/scripts, file: ../sum.py",
        "location: app/scripts, file: .hidden.py",
        "location: app/scripts, file: /etc/passwd",
        "location: app/scripts, file: sum.py, dependencies: [../lib.py]",
        "location: app/scripts, file: sum.py, dependencies: [none.py]",
        "location: app, file: scripts",
        "location: 'https://scripts.example.com', file: sum.py",
        'location: "\\\\\\\\server\\\\share", file: sum.py',
    ],
)
def test_no_file_outside_is_read(directory: Path, place: str) -> None:
    place = place.replace("OUTSIDE", str(directory.parent / "outside"))
    reading = read(directory, place)
    assert [error.partition(":")[0] for error in errors(reading)] == ["unusable-script"]
    assert all(path.startswith("app/") for path in reading.imports)


def test_scripts_that_only_case_tells_apart_have_no_copies(directory: Path) -> None:
    scripts = directory / "app/scripts"
    (scripts / "SUM.py").write_text("y = 1", encoding="utf-8")
    (scripts / "nul.py").write_text("y = 1", encoding="utf-8")

    step = "location: app/scripts, file: sum.py, dependencies: [SUM.py]"
    slug = "unusable-script: 'SUM.py' and 'sum.py' differ only in case"
    assert errors(read(directory, step)) == [slug]
    [device] = errors(read(directory, "location: app/scripts, file: nul.py"))
    assert "isn't a path of plain names" in device


def test_hidden_files_are_never_read(directory: Path) -> None:
    """They may be secrets of whoever compiles the spec."""
    (directory / ".env").write_text("TOKEN = 'secret'", encoding="utf-8")
    (directory / ".git").mkdir()
    (directory / ".git/sum.py").write_text("TOKEN = 'secret'", encoding="utf-8")
    (directory / "link.py").symlink_to(".env")
    for place in ("location: ., file: link.py", "location: .git, file: sum.py"):
        reading = read(directory, place)
        assert [e.partition(":")[0] for e in errors(reading)] == ["unusable-script"]
        assert dict(reading.imports) == {}


def test_a_file_is_checked_once_and_all_together_have_a_limit(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def fault(source: bytes) -> str | None:
        calls.append(source)
        return None

    monkeypatch.setattr("naftiko_gen.resolve.scripts.fault", fault)
    size = scripts.SPEC_LIMIT // 16
    for number in range(17):
        path = directory / f"app/scripts/large{number}.py"
        path.write_text(f"{number}" + "#" * (size - len(f"{number}")), encoding="utf-8")
    names = ", ".join(f"large{number}.py" for number in range(17))
    place = "location: app/scripts, file: sum.py, dependencies"

    assert "4 MiB together" in errors(read(directory, f"{place}: [{names}]"))[0]
    calls.clear()
    step = f"{place}: [large0.py]" + "}\n      - {type: script, name: again, "
    assert errors(read(directory, f"{step}{place}: [large0.py]")) == []
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("step", "settings", "codes"),
    [
        ("file: sum.py, location: app/scripts", "{}", []),
        ("file: sum.py", "{defaultLocation: 'file:///app/scripts'}", []),
        ("file: sum.py", "{}", ["missing-key"]),
        (
            "file: sum.py, location: app/scripts, language: javascript",
            "{}",
            ["unsupported"],
        ),
        (
            "file: sum.py, location: app/scripts",
            "{defaultLanguage: groovy}",
            ["unsupported"],
        ),
        (
            "file: sum.py, location: app/scripts, language: python",
            "{defaultLanguage: groovy}",
            [],
        ),
        (
            "file: sum.py, location: app/scripts",
            "{allowedLanguages: [javascript]}",
            ["unusable-script"],
        ),
    ],
)
def test_the_control_adapter_has_defaults(
    directory: Path, step: str, settings: str, codes: list[str]
) -> None:
    assert [
        e.partition(":")[0] for e in errors(read(directory, step, settings))
    ] == codes


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import json, urllib.parse\nfrom collections import abc\nresult = 1", None),
        ("from urllib import parse", None),
        ("import os", "imports 'os' in line 1, which scripts can't"),
        (
            "\nfrom subprocess import run",
            "imports 'subprocess' in line 2, which scripts can't",
        ),
        ("from . import x", "imports '.' in line 1, which scripts can't"),
        (
            "import urllib.request",
            "imports 'urllib.request' in line 1, which scripts can't",
        ),
        ("def f(:", "isn't Python: line 1 can't be parsed"),
        ("\0", "isn't Python"),
        ("\ud800", "isn't Python"),
        ("(" * 5_000, "isn't Python"),
        ("x = " + "-" * 100_000 + "1", "isn't Python"),
        ("x = a" + ".b" * 60_000, "isn't Python"),
        ("import a" + ".b" * 60_000, "isn't Python"),
        ("import a" + " . \\\n b" * 20_000, "isn't Python"),
        ("x = a" + ".b" * 90, None),
        ("x = '\\d'", None),
        ("x = '" + "{" * 5_000 + "'", None),
        ("x = '" + "{" * 5_001 + "'", "has more than 5000 opening braces"),
        ("#" * 300_000, "has more than 256 KiB"),
    ],
)
def test_a_script_is_checked_without_running_it(source: str, fault: str | None) -> None:
    message = scripts.fault(source.encode("utf-8", "surrogatepass"))
    assert (message is None) if fault is None else (message or "").startswith(fault)


def test_the_process_has_the_modules_that_the_compiler_allows() -> None:
    assert scripts.MODULES == worker.MODULES
