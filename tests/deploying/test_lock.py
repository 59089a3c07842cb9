"""`naftiko-gen deploy` keeps the lock of an image, which uv makes."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.tools.deploy import lock

SPEC = Path(__file__).parents[1] / "golden" / "mock" / "spec.yaml"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec in a directory of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "books.yaml"
    spec.write_bytes(SPEC.read_bytes())
    return spec


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place in which uv finds distributions."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return wheels


def publish(index: Path, requirements: Path, patch: str = "") -> dict[str, str]:
    """Put a wheel of each distribution into the index; return their digests by name."""
    return dict(_publish(index, requirements, patch))


def _publish(index: Path, requirements: Path, patch: str) -> Iterator[tuple[str, str]]:
    for line in requirements.read_text("utf-8").splitlines()[2:]:
        requirement = Requirement(line)
        oldest = next(s.version for s in requirement.specifier if s.operator == ">=")
        name, version = requirement.name.replace("-", "_"), f"{oldest}{patch}"
        path = index / f"{name}-{version}-py3-none-any.whl"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        with ZipFile(path, "w") as wheel:
            wheel.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
            wheel.writestr(f"{name}-{version}.dist-info/WHEEL", tags)
            wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
        yield requirement.name, hashlib.sha256(path.read_bytes()).hexdigest()


def pins(path: Path) -> dict[str, str]:
    """Return the digest of each distribution in a lock."""
    text = path.read_text("utf-8")
    return dict(
        re.findall(r"^([\w.-]+)==.*\n +--hash=sha256:(\w+)$", text, re.MULTILINE)
    )


def test_a_lock_is_made_once_and_kept(
    spec: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Path("deploy/books")
    path = directory / "requirements.lock"

    assert main(["deploy", str(spec)]) == Exit.FAILED
    assert "uv finds no versions: " in capsys.readouterr().err
    assert not path.exists()
    assert main(["deploy", str(spec), "--check"]) == Exit.FAILED
    assert capsys.readouterr().out == f"would write {path}\n"
    assert main(["deploy", str(spec), "--check", "--no-lock"]) == Exit.DONE

    digests = publish(index, directory / "requirements.in")
    assert main(["deploy", str(spec)]) == Exit.DONE
    assert pins(path) == digests
    before = path.read_bytes()

    newer_digests = publish(index, directory / "requirements.in", ".9")
    assert main(["deploy", str(spec)]) == Exit.DONE
    assert main(["deploy", str(spec), "--check"]) == Exit.DONE
    assert path.read_bytes() == before
    assert main(["deploy", str(spec), "--upgrade"]) == Exit.DONE
    assert pins(path) == newer_digests


def test_a_lock_changes_with_the_requirements_and_keeps_its_pins(
    spec: Path, index: Path
) -> None:
    directory = Path("deploy/books")
    main(["deploy", str(spec)])
    digests = publish(index, directory / "requirements.in")
    assert main(["deploy", str(spec)]) == Exit.DONE
    publish(index, directory / "requirements.in", ".9")
    reading_html = SPEC.parents[1] / "html-output" / "spec.yaml"
    spec.write_bytes(reading_html.read_bytes())

    assert main(["deploy", str(spec), "--no-lock"]) == Exit.DONE
    assert main(["deploy", str(spec), "--check"]) == Exit.FAILED
    new_names = publish(index, directory / "requirements.in").keys() - digests.keys()
    assert main(["deploy", str(spec)]) == Exit.DONE

    assert new_names
    old_pins = pins(directory / "requirements.lock")
    assert old_pins.keys() >= new_names
    assert {name: digests[name] for name in old_pins.keys() & digests} == {
        name: old_pins[name] for name in old_pins.keys() & digests
    }


def test_further_requirements_of_the_user_are_locked_as_well(
    spec: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Path("deploy/books")
    main(["deploy", str(spec)])
    digests = publish(index, directory / "requirements.in")
    more = directory / "requirements.more.in"
    more.write_text("# Traces.\n\nopentelemetry-sdk>=1.30\n", encoding="utf-8")
    digests |= publish(index, more)

    assert main(["deploy", str(spec)]) == Exit.DONE
    assert main(["deploy", str(spec), "--check"]) == Exit.DONE
    assert pins(directory / "requirements.lock") == digests
    more.write_text("--index-url=https://evil.example\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["deploy", str(spec)]) == Exit.FAILED
    assert "requirements.more.in: not a requirement" in capsys.readouterr().err


def test_an_edited_lock_is_not_replaced(
    spec: Path, index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("deploy/books/requirements.lock")
    main(["deploy", str(spec)])
    publish(index, path.with_name("requirements.in"))
    main(["deploy", str(spec)])
    before = path.read_text("utf-8")
    path.write_text(f"{before}evil==1\n", encoding="utf-8")
    capsys.readouterr()

    assert main(["deploy", str(spec)]) == Exit.FAILED
    assert "was edited" in capsys.readouterr().err
    assert path.read_text("utf-8") == f"{before}evil==1\n"
    assert main(["deploy", str(spec), "--force"]) == Exit.DONE
    assert path.read_text("utf-8") == before


def test_settings_of_a_repository_name_no_index(spec: Path, index: Path) -> None:
    """Of uv's settings, the user's own count."""
    evil = spec.parent / "evil"
    evil.mkdir()
    main(["deploy", str(spec)])
    digests = publish(index, Path("deploy/books/requirements.in"))
    publish(evil, Path("deploy/books/requirements.in"), ".9")
    settings = f'find-links = ["{evil}"]\n'
    (spec.parent / "uv.toml").write_text(settings, encoding="utf-8")

    assert main(["deploy", str(spec)]) == Exit.DONE

    assert pins(Path("deploy/books/requirements.lock")) == digests


def test_a_lock_without_uv_is_an_error(
    spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(lock, "find_spec", lambda _: None)

    assert main(["deploy", str(spec)]) == Exit.FAILED

    assert "uv isn't installed" in capsys.readouterr().err
    assert Path("deploy/books/Dockerfile").exists()


def test_specs_of_one_package_are_refused(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rivals = [spec.with_name("json.yaml"), spec.with_name("api-json.yaml")]
    for rival in rivals:
        rival.write_bytes(spec.read_bytes())

    with pytest.raises(SystemExit, match="2"):
        main(["deploy", "--no-lock", *map(str, rivals)])

    assert "have the same package" in capsys.readouterr().err
    assert not Path("deploy").exists()
