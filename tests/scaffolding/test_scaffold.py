"""Repositories made by `naftiko-gen init` and brought up to date by `update`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution
from pathlib import Path
from typing import Any

import pytest
import yaml

import forks
from case_tables import in_table
from compiler import run_compiler
from naftiko_gen import __version__
from naftiko_gen.cli import init
from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.tools.scaffold import installation, scaffold
from naftiko_gen.tools.scaffold.releases import Releases
from naftiko_gen.tools.scaffold.scaffold import ScaffoldError, create, release_of, renew
from notices import plain_text
from waiting import PATIENCE, eventually
from wheelhouse import once

ROOT = Path(__file__).parents[2]
COMMIT = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-qam")
START = scaffold._run
LIBRARIES = (
    *("colorama", "dunamai", "jinja2.ext", "jinja2.sandbox", "jinja2_ansible_filters"),
    *("pathspec", "platformdirs", "prompt_toolkit", "pydantic._internal._dataclasses"),
    *("pydantic.dataclasses", "questionary", "yaml"),
)
"""The libraries of Copier, but for plumbum: it keeps the variables of its import."""

CLONE = "file:///home/user/a%20clone"

ANSWERS = {
    "name": "books",
    "python": "3.12",
    "runtime": "vendored",
    "requirement": "naftiko-gen",
}


def run(*command: str | Path, cwd: Path) -> str:
    process = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def commit(directory: Path) -> None:
    """Make a directory a repository, or commit its changes."""
    run("git", "init", "-q", cwd=directory)
    run("git", "add", "-A", cwd=directory)
    run("git", *COMMIT, "All of it", cwd=directory)


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """The releases that are shipped, and a newer one."""
    root = tmp_path / "releases"
    shutil.copytree(Releases.of_this_version().root, root)
    newest = Releases.of_this_version().newest
    template = shutil.copytree(root / newest, root / "99.0.0") / "template"
    for name, before, after in (
        ("Dockerfile.jinja", "-slim-trixie AS base", "-bookworm AS base"),
        ("naftiko-gen.toml.jinja", 'output = "generated"', 'output = "packages"'),
        (".dockerignore", "!generated", "!packages"),
    ):
        text = (template / name).read_text(encoding="utf-8")
        assert before in text
        (template / name).write_text(text.replace(before, after), encoding="utf-8")
    (template / "NEW.md").write_text("New.\n", encoding="utf-8")
    return Releases(root)


@pytest.fixture(scope="module")
def shipped_repository(common: Path) -> Path:
    """A repository made of the newest release that is shipped, which stays as it is."""

    def make(directory: Path) -> None:
        create(directory, ANSWERS, Releases.of_this_version())
        commit(directory)

    return once(common / "books", make)


@pytest.fixture
def old(shipped_repository: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(shipped_repository, tmp_path / "books", symlinks=True)


@pytest.fixture
def inner(shipped_repository: Path, tmp_path: Path) -> Path:
    """A copy of its files, in a directory that isn't a repository yet."""
    git = shutil.ignore_patterns(".git")
    return shutil.copytree(
        shipped_repository, tmp_path / "whole" / "capabilities", ignore=git
    )


@pytest.fixture
def real_start(monkeypatch: pytest.MonkeyPatch, copier_in_forks: None) -> None:
    """Start Copier as users do."""
    monkeypatch.setattr(scaffold, "_run", START)


@pytest.fixture
def answer_sets(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """The answers of scaffolds that are asked for, and aren't made."""
    sets: list[Mapping[str, str]] = []
    monkeypatch.setattr(init, "create", lambda _, answers, __: sets.append(answers))
    return sets


@pytest.fixture(autouse=True)
def copier_in_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start Copier in a fork of a process that has imported its libraries."""

    def run_fork(
        arguments: tuple[str, ...], variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        program = forks.Module("copier")
        command = forks.Command(program, arguments, Path.cwd(), variables, LIBRARIES)
        return forks.run(command)

    monkeypatch.setattr(scaffold, "_run", run_fork)


# --- init --------------------------------------------------------


@pytest.mark.usefixtures("real_start")
def test_written_files_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "My Books"

    assert main(["init", str(directory)]) == Exit.DONE

    files = (path for path in directory.rglob("*") if path.is_file())
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == sorted(str(path) for path in files)
    answers = read(directory / ".copier-answers.yml")
    assert answers["name"] == "my-books"
    assert str(tmp_path) not in json.dumps(answers)


def test_bytecode_of_pip_is_no_part_of_a_release(
    tmp_path: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytecode = releases.root / "99.0.0" / "template" / "tests" / "__pycache__"
    bytecode.mkdir()
    (bytecode / "test_packages.cpython-311.pyc").touch()
    monkeypatch.setattr(Releases, "of_this_version", lambda: releases)

    assert main(["init", str(tmp_path / "books")]) == Exit.DONE

    assert not (tmp_path / "books" / "tests" / "__pycache__").exists()
    assert not [p for p in releases.files(releases.newest) if "__pycache__" in p.parts]


def test_files_that_are_there_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("Mine.\n", encoding="utf-8")
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "orders.yaml").write_text("mine: too\n", encoding="utf-8")

    assert main(["init", str(tmp_path)]) == Exit.DONE

    assert (tmp_path / "README.md").read_text("utf-8") == "Mine.\n"
    assert (tmp_path / "specs" / "orders.yaml").read_text("utf-8") == "mine: too\n"
    output = capsys.readouterr()
    assert f"{tmp_path}/README.md (exists, unchanged)" in output.out
    assert "wrote 14 files; next: pip install -r requirements-dev.txt" in output.err
    assert "README.md says" not in output.err
    assert "deploy 'specs/*.yaml' writes the images of 1 spec in" in output.err


def test_the_hook_is_printed_where_it_can_not_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hooks = tmp_path / ".pre-commit-config.yaml"
    hooks.write_text("repos: []\n", encoding="utf-8")
    assert main(["init", str(tmp_path), "--requirement", "naftiko-gen==7"]) == Exit.DONE

    lines = capsys.readouterr().err
    assert "requirements-dev.txt installs 'naftiko-gen==7'\n" in lines
    block = lines.partition("add below its `repos:`\n")[2]
    assert main(["init", str(tmp_path / "new"), "--requirement", "naftiko-gen==7"]) == 0
    expected = yaml.safe_load((tmp_path / "new" / hooks.name).read_bytes())["repos"]
    assert yaml.safe_load(block) == expected


def test_a_second_init_points_to_update(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["init", str(old)])

    assert exit_.value.code == Exit.USAGE
    assert "naftiko-gen update renews it" in capsys.readouterr().err


def test_the_home_directory_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SystemExit) as exit_:
        main(["init", str(tmp_path)])

    assert exit_.value.code == Exit.USAGE
    assert "is the home directory; name a directory in it" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@in_table
def test_answers_that_would_be_more_than_answers_are_refused(
    tmp_path: Path, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["init", str(tmp_path / "books"), *arguments])

    assert exit_.value.code == Exit.USAGE
    assert not (tmp_path / "books").exists()


@pytest.mark.usefixtures("real_start")
def test_a_scaffold_without_git_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["init", str(tmp_path / "books")]) == Exit.FAILED

    assert "git is needed, and isn't installed" in capsys.readouterr().err


def test_git_of_the_user_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their hooks, signatures and templates, and a repository that is named."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (hooks / "pre-commit").chmod(0o755)
    config = tmp_path / "gitconfig"
    core = f"[core]\n  hooksPath = {hooks}\n  autocrlf = true\n"
    config.write_text(f"{core}[commit]\n  gpgSign = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    create(tmp_path / "books", ANSWERS, Releases.of_this_version())

    assert b"\r" not in (tmp_path / "books" / "README.md").read_bytes()


@in_table
def test_options_are_written_as_they_are(
    tmp_path: Path, options: list[str], file: str, line: str
) -> None:
    assert main(["init", str(tmp_path), "--name", "books", *options]) == Exit.DONE

    assert line in (tmp_path / file).read_text("utf-8").splitlines()


# --- the repository ----------------------------------------------


@pytest.fixture
def repository(old: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scaffold whose example has its package, which is the current directory."""
    monkeypatch.chdir(old)
    process = run_compiler("--strict", "-q", "specs/example.yaml")
    assert process.returncode == 0, process.stderr
    return old


def test_specs_of_a_scaffold_compile_without_a_note_and_its_tests_pass(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The plugins of this project take longer to import than its tests take.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "anyio.pytest_plugin")
    tests = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
    run(*tests, cwd=repository)
    (repository / "specs" / "example.yaml").write_text("broken\n", encoding="utf-8")
    process = subprocess.run(tests, cwd=repository, capture_output=True, check=False)
    assert process.returncode == 1


def test_services_of_a_scaffold_start_and_stop_as_the_compose_file_says(
    repository: Path,
) -> None:
    service = read(repository / "compose.yaml")["services"]["example"]
    package = repository / "generated" / "example"
    readme = (package / "README.md").read_text("utf-8")
    timeout = re.search(r"^\| `EXAMPLE_TIMEOUT` \| `?(\d+)", readme, re.MULTILINE)
    assert timeout
    assert int(service["stop_grace_period"].removesuffix("s")) > int(timeout[1])
    name, *arguments = service["command"]
    ports = {"EXAMPLE_REST_PORT": "0", "EXAMPLE_MCP_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", name, *arguments, "--mock"],
        cwd=package,
        env={**os.environ, **service["environment"], **ports},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    mock_line, *lines = [plain_text(process.stderr.readline()) for _ in range(3)]
    port = lines[0].strip().rpartition(":")[2]
    # A check gives up soon, and Docker repeats it.
    eventually(lambda: health(service["healthcheck"], port) == 0)
    process.terminate()
    process.communicate(timeout=PATIENCE)

    assert "made up" in mock_line
    assert lines[0].startswith("example-rest listens on http://0.0.0.0:")
    assert lines[1].startswith("example-mcp listens on http://0.0.0.0:")
    assert health(service["healthcheck"], port) == 1


def health(check: dict[str, Any], port: str) -> int:
    """Run the health check of a service on another port; return its exit code."""
    kind, python, *arguments, code = check["test"]
    assert (kind, python, arguments) == ("CMD", "python", ["-I", "-c"])
    command = [sys.executable, *arguments, code.replace("8080", port)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_reviews_fold_packages_and_count_no_runtime(old: Path) -> None:
    attributes = ("linguist-generated", "linguist-vendored")
    module = "generated/example/example/_runtime/transport.py"
    path = "src/_runtime/transport.py"

    process = run("git", "check-attr", *attributes, "--", module, path, cwd=old)

    assert process.count(": true\n") == len(process.splitlines()) == 4


def test_files_of_a_scaffold_are_valid_and_grant_few_rights(old: Path) -> None:
    service = read(old / "compose.yaml")["services"]["example"]
    assert service["read_only"] is True
    assert len(service["tmpfs"]) == 1
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    image = (old / "Dockerfile").read_text("utf-8")
    assert "USER 65534:65534" in image.splitlines()
    assert "FROM python:3.12-slim-trixie AS base" in image

    path = old / ".github" / "workflows" / "capabilities.yml"
    steps = read(path)["jobs"]["check"]["steps"]
    assert "naftiko-gen --check --format github" in [step.get("run") for step in steps]
    assert steps[1]["with"]["python-version"] == "3.12"
    actions = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert actions
    for action in actions:
        assert re.fullmatch(r"[a-z/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action), action

    [repository] = read(old / ".pre-commit-config.yaml")["repos"]
    [hook] = repository["hooks"]
    assert hook["additional_dependencies"] == ["naftiko-gen"]


# --- the requirement ---------------------------------------------


@in_table
def test_a_scaffold_names_its_source(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer_sets: list[Mapping[str, str]],
    source: object,
    requirement: str,
) -> None:
    wanted = requirement.replace("$VERSION$", __version__)
    text = json.dumps(source) if source else None
    monkeypatch.setattr(PathDistribution, "read_text", lambda *_: text)

    assert main(["init", str(tmp_path / "books")]) == Exit.DONE

    assert [answers["requirement"] for answers in answer_sets] == [wanted]
    output = capsys.readouterr().err
    assert f"install '{wanted}'" in output
    assert ("which other machines don't have" in output) == (CLONE in wanted)


def test_sources_that_nothing_has_installed_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installation, "distribution", missing)

    assert installation.requirement() == f"naftiko-gen @ {ROOT.as_uri()}"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone that naftiko-gen was installed from, all of whose commits are pushed."""
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "file").touch()
    commit(tmp_path / "origin")
    directory = tmp_path / "a clone"
    run("git", "clone", "-q", tmp_path / "origin", directory, cwd=tmp_path)
    record = json.dumps({"url": directory.as_uri(), "dir_info": {"editable": True}})
    monkeypatch.setattr(PathDistribution, "read_text", lambda *_: record)
    return directory


@in_table
def test_a_clone_is_named_by_its_origin_or_else_by_its_directory(
    tmp_path: Path,
    clone: Path,
    answer_sets: list[Mapping[str, str]],
    capsys: pytest.CaptureFixture[str],
    origin: str,
    address: str | None,
) -> None:
    head = run("git", "rev-parse", "HEAD", cwd=clone).strip()
    if origin != "of this machine":
        remote = origin if address else "https://git.example/n.git"
        run("git", "remote", "set-url", "origin", remote, cwd=clone)
    if origin in ("changed", "not pushed"):
        (clone / "file").write_text("New.\n", "utf-8")
    if origin == "not pushed":
        commit(clone)

    assert main(["init", str(tmp_path / "books")]) == Exit.DONE

    place = f"git+{address}@{head}" if address else clone.as_uri()
    requirements = [answers["requirement"] for answers in answer_sets]
    assert requirements == [f"naftiko-gen @ {place}"]
    is_local = "which other machines don't have" in capsys.readouterr().err
    assert is_local == (address is None)


def test_an_update_says_if_the_scaffold_installs_another_version(
    old: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PathDistribution, "read_text", lambda *_: None)
    wanted = f"naftiko-gen=={__version__}"

    assert main(["update", str(old)]) == Exit.DONE
    assert f"write '{wanted}' there" in capsys.readouterr().err

    for name in ("requirements-dev.txt", ".pre-commit-config.yaml"):
        lines = (old / name).read_text("utf-8")
        assert wanted not in lines
    (old / "requirements-dev.txt").write_text(f"{wanted}\n", "utf-8")
    assert main(["update", str(old)]) == Exit.DONE
    assert "another naftiko-gen" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("file/books", "Not a directory"),
        ("file", "it is a file"),
        ("circle", "File exists"),
        ("circle/books", "Too many levels of symbolic links"),
    ],
)
def test_a_directory_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")

    assert main(["init", str(tmp_path / path)]) == Exit.FAILED

    message = f"{path}: can't make the directory: {reason}\n"
    assert capsys.readouterr().err.endswith(message)


@pytest.mark.usefixtures("real_start")
def test_modules_of_the_current_directory_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("copier", "yaml", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('ran')\n")
    monkeypatch.chdir(tmp_path)

    assert main(["init", "books"]) == Exit.DONE


# --- update ------------------------------------------------------


@pytest.mark.usefixtures("real_start")
def test_an_update_keeps_changes(old: Path, releases: Releases) -> None:
    readme = old / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nMine.\n", encoding="utf-8")
    (old / ".env.example").unlink()
    commit(old)

    renewal = renew(old, releases)

    assert (renewal.after, renewal.conflicts) == ("99.0.0", ())
    assert readme.read_text("utf-8").endswith("\nMine.\n")
    assert "3.12-bookworm AS base" in (old / "Dockerfile").read_text("utf-8")
    assert (old / "NEW.md").exists()
    assert not (old / ".env.example").exists()
    assert release_of(old) == "99.0.0"
    assert str(releases.root.parent) not in (old / ".copier-answers.yml").read_text()


def test_lines_that_both_changed_are_a_conflict(
    tmp_path: Path,
    old: Path,
    releases: Releases,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configuration = old / "naftiko-gen.toml"
    text = configuration.read_text("utf-8")
    configuration.write_text(text.replace('"generated"', '"out"'), encoding="utf-8")
    commit(old)
    (tmp_path / "other").mkdir()
    run("git", "init", "-q", cwd=tmp_path / "other")
    # As in a hook of another repository.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setattr(Releases, "of_this_version", lambda: releases)

    assert main(["update", str(old)]) == Exit.FAILED

    merge = configuration.read_text("utf-8")
    assert "<<<<<<<" in merge
    assert 'output = "out"' in merge
    assert 'output = "packages"' in merge
    assert f"{old}/naftiko-gen.toml: has conflicts" in capsys.readouterr().err


def test_an_update_below_the_top_of_a_repository(
    inner: Path, releases: Releases
) -> None:
    commit(inner.parent)

    assert renew(inner, releases).conflicts == ()
    assert (inner / "NEW.md").exists()


def test_a_directory_that_looks_like_a_repository_of_git_is_none(
    inner: Path, releases: Releases, tmp_path: Path
) -> None:
    """Its author decides on the commands of git there, but not on ours."""
    bare, ran = tmp_path / "bare", tmp_path / "ran"
    run("git", "init", "--quiet", "--bare", str(bare), cwd=tmp_path)
    settings = {"bare": "false", "worktree": ".", "fsmonitor": f"touch '{ran}'; false"}
    for name, value in settings.items():
        run("git", "config", f"core.{name}", value, cwd=bare)
    for name in ("HEAD", "config", "objects/info/x", "refs/tags/x"):
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).touch()
    for name in ("HEAD", "config"):
        shutil.copy(bare / name, inner)
    commit(inner.parent)
    run("git", "status", cwd=inner)
    assert ran.exists()
    ran.unlink()

    with pytest.raises(ScaffoldError):
        renew(inner, releases)
    assert not ran.exists()


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A program that leaves a mark."""
    program = tmp_path / "marker"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\ncat\n")
    program.chmod(0o755)
    return program


def has_run(marker: Path) -> bool:
    return marker.with_name("ran").exists()


def has_been_run_by_git(marker: Path, directory: Path) -> bool:
    """Say whether git runs the program; no mark of it stays."""
    os.utime(directory / "README.md", (0, 0))
    run("git", "update-index", "--refresh", cwd=directory)
    run("git", "status", cwd=directory)
    ran = has_run(marker)
    marker.with_name("ran").unlink(missing_ok=True)
    os.utime(directory / "README.md", (1, 1))
    return ran


def test_hooks_and_monitors_of_the_repository_are_not_run(
    old: Path, releases: Releases, marker: Path
) -> None:
    """An archive may bring a whole repository along."""
    shutil.copy(marker, old / ".git" / "hooks" / "post-index-change")
    run("git", "config", "core.fsmonitor", f"'{marker}' </dev/null", cwd=old)
    assert has_been_run_by_git(marker, old)

    renew(old, releases)

    assert not has_run(marker)
    assert (old / "NEW.md").exists()


def test_filters_of_the_repository_are_refused(
    old: Path, releases: Releases, marker: Path
) -> None:
    (old / ".git" / "info").mkdir(exist_ok=True)
    (old / ".git" / "info" / "attributes").write_text("* filter=stranger\n")
    run("git", "config", "filter.stranger.clean", f"'{marker}'", cwd=old)
    assert has_been_run_by_git(marker, old)

    with pytest.raises(ScaffoldError, match=r"'filter\.stranger\.clean'"):
        renew(old, releases)

    assert not has_run(marker)
    assert not (old / "NEW.md").exists()


LINKS = (".github", "specs", "tests")


@pytest.mark.parametrize("link", LINKS)
def test_nothing_is_made_through_a_link(
    tmp_path: Path, releases: Releases, link: str
) -> None:
    elsewhere, fresh = tmp_path / "elsewhere", tmp_path / "fresh"
    elsewhere.mkdir()
    fresh.mkdir()
    (fresh / link).symlink_to(elsewhere)

    with pytest.raises(ScaffoldError, match="forbidden"):
        create(fresh, ANSWERS, releases)

    assert list(elsewhere.iterdir()) == []


def test_an_update_writes_nothing_through_links(
    tmp_path: Path, old: Path, releases: Releases
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for link in LINKS:
        (old / link).rename(elsewhere / link)
        (old / link).symlink_to(elsewhere / link)
    commit(old)
    before = {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*")}

    with pytest.raises(ScaffoldError, match="forbidden"):
        renew(old, releases)

    assert {p: p.stat().st_mtime_ns for p in elsewhere.rglob("*")} == before


def test_an_update_to_the_same_release_changes_nothing(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", str(old)]) == Exit.DONE

    assert "the newest" in capsys.readouterr().err
    assert run("git", "status", "--porcelain", cwd=old) == ""


def test_changes_that_are_not_committed_stop_an_update(
    old: Path, releases: Releases
) -> None:
    (old / "README.md").write_text("Mine.\n", encoding="utf-8")

    with pytest.raises(ScaffoldError, match="dirty"):
        renew(old, releases)


@pytest.mark.parametrize(
    "answers",
    [
        "",
        "[]",
        "_src_path: https://evil.example/x.git\n_commit: 1.0.0\n",
        "_src_path: git+naftiko-gen:project\n_commit: --upload-pack=evil\n",
        "_src_path: !!python/object/apply:os.system [id]\n",
        f"_src_path: git+naftiko-gen:project\n_commit: {'9' * 5000}.0.0\n",
        "[" * 600,
        "\0",
    ],
)
def test_answers_of_another_template_are_not_followed(
    tmp_path: Path, releases: Releases, answers: str
) -> None:
    (tmp_path / ".copier-answers.yml").write_text(answers, encoding="utf-8")

    with pytest.raises(ScaffoldError, match="copier-answers"):
        renew(tmp_path, releases)
    (tmp_path / ".copier-answers.yml").unlink()
    with pytest.raises(ScaffoldError, match="make a scaffold with `naftiko-gen init`"):
        renew(tmp_path, releases)


@pytest.mark.parametrize("unknown", ["1.0.0", "99.0.0"])
def test_a_scaffold_of_an_unknown_release_is_left_alone(
    old: Path, unknown: str
) -> None:
    answers = old / ".copier-answers.yml"
    newest = Releases.of_this_version().newest
    answers.write_text(answers.read_text("utf-8").replace(newest, unknown), "utf-8")
    assert release_of(old) == unknown

    with pytest.raises(ScaffoldError, match=f"{unknown}, .* it has {newest}"):
        renew(old, Releases.of_this_version())
