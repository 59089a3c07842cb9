"""A repository of a stranger reads, writes and shows nothing outside of itself."""

import json
import shutil
from pathlib import Path

import pytest
from programs import run_main

from case_tables import in_table
from naftiko_gen.cli import main
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.publish.manifest import MANIFEST_NAME
from naftiko_gen.syntax import globs

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")
HOSTILE = SPEC.replace("https://api.primeintellect.ai", "https://stranger.example")
PRIVATE = "s3cret-t0ken"
SECRETS = {
    "netrc": f"machine git.example login bob password {PRIVATE}\n",
    "config.json": f'{{"auths": {{"git.example": {{"auth": "{PRIVATE}"}}}}}}\n',
    "broken.json": f'{{"auths": {{"auth": "{PRIVATE}"}}, "x": yes}}\n',
    "flat.yaml": f"{PRIVATE}: 1\nother: yes\n",
    "list.yaml": f"- {PRIVATE}\n",
    "open.yaml": f"password: [{PRIVATE}\n",
    "escape.yaml": f'password: "{PRIVATE}\\q"\n',
    "octal.yaml": f"{PRIVATE}: 007\n",
    "duplicate.yaml": f"{PRIVATE}: a\n{PRIVATE}: b\n",
}
"""Files that are no capability, and where each has something to complain about."""


def tree(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def compiled_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a spec and its package."""
    project = tmp_path_factory.mktemp("compiled")
    (project / "specs").mkdir()
    (project / "naftiko-gen.toml").write_text('specs = ["specs/*.yaml"]\n', "utf-8")
    (project / "specs/orders.yaml").write_text(SPEC, "utf-8")
    output = project / "generated"
    assert run_main(project / "specs/orders.yaml", "-o", output, "-q").returncode == 0
    return project


@pytest.fixture
def other(compiled_project: Path, tmp_path: Path) -> Path:
    """The user's own project."""
    return shutil.copytree(compiled_project, tmp_path / "other")


@pytest.fixture(autouse=True)
def repository(
    other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """A stranger's repository as the current directory; returns files of `other`."""
    (tmp_path / "cloned/specs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cloned")
    Path(".git").mkdir()
    Path("specs/orders.yaml").write_text(HOSTILE, "utf-8")
    return tree(other)


def configure(*lines: str, file: str = "naftiko-gen.toml") -> None:
    table = "[tool.naftiko-gen]\n" if file == "pyproject.toml" else ""
    Path(file).write_text(table + "\n".join(lines) + "\n", "utf-8")


# --- where a configuration may lead ------------------------------------------------


@pytest.mark.parametrize("file", ["naftiko-gen.toml", "pyproject.toml"])
@pytest.mark.parametrize("command", [[], ["--force"], ["--check"], ["fix"]])
def test_an_output_elsewhere_is_refused(
    command: list[str], file: str, other: Path, repository: dict[str, bytes]
) -> None:
    configure('specs = ["specs/*.yaml"]', 'output = "../other/generated"', file=file)

    process = run_main(*command)

    assert process.returncode == Exit.USAGE
    assert "leads out of the configuration's directory" in process.stderr
    assert tree(other) == repository


def test_an_output_that_no_directory_can_be_called_is_refused() -> None:
    configure('specs = ["specs/*.yaml"]', f'output = "{300 * "x"}/generated"')

    process = run_main()

    assert process.returncode == Exit.FAILED
    assert "specs/orders.yaml: 1 error, nothing written" in process.stderr


@in_table
def test_no_path_of_a_configuration_leads_out(
    setting: str, other: Path, repository: dict[str, bytes]
) -> None:
    Path("link").symlink_to(other)
    Path("inside").mkdir()
    Path("inner").symlink_to("inside")
    Path("specs/linked.yaml").symlink_to(other / "specs/orders.yaml")
    Path("specs/circle.yaml").symlink_to("circle.yaml")
    others = [] if setting.startswith("specs") else ['specs = ["specs/orders.yaml"]']
    configure(setting, *others)

    process = run_main()

    assert process.returncode == Exit.USAGE
    assert "error[wrong-setting]" in process.stderr
    assert tree(other) == repository
    assert not Path("generated").exists()


@in_table
def test_a_glob_enters_no_link_that_leads_out(
    pattern: str, slug: str, other: Path
) -> None:
    Path("link").symlink_to(other)
    shutil.rmtree("specs")
    configure(f'specs = ["{pattern}"]')

    process = run_main("-q")

    assert process.returncode == Exit.USAGE
    assert f"error[{slug}]" in process.stderr


def test_a_glob_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "LIMIT", 20)
    for number in range(21):
        Path(f"specs/{number}.txt").touch()
    configure('specs = ["**/*.yaml"]')

    assert main.main(["-q"]) == Exit.USAGE
    with pytest.raises(SystemExit):
        main.main(["-q", "**/*.yaml"])


def test_a_glob_walks_each_directory_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts multiply neither the ways to a directory nor those back."""
    root = tmp_path / "walked"
    for name in ("a/b/c/d", "a/c/b/d", "b/c"):
        (root / name).mkdir(parents=True)
    monkeypatch.setattr(globs, "LIMIT", 100)

    assert globs.files(root, "**/" * 50 + "d") == []
    with pytest.raises(ValueError, match=r"'\.\.'"):
        globs.files(root, "*/../" * 50 + "*")
    with pytest.raises(globs.TooManyFilesError):
        globs.files(root, "**/*/" * 50 + "d")


def test_a_tilde_is_a_name_like_others() -> None:
    configure('specs = ["~/orders.yaml"]')
    Path("~").mkdir()
    shutil.copy("specs/orders.yaml", "~/orders.yaml")

    assert run_main("-q").returncode == Exit.DONE
    assert Path("generated/orders").is_dir()


def test_a_configuration_that_is_named_may_lead_out(tmp_path: Path) -> None:
    configure('specs = ["specs/*.yaml"]', 'output = "../here"')

    assert run_main("-q", "--config", "naftiko-gen.toml").returncode == Exit.DONE
    assert (tmp_path / "here/orders").is_dir()


def test_the_command_line_may_lead_out(tmp_path: Path) -> None:
    configure('specs = ["specs/*.yaml"]', 'output = "../other"', 'import-root = ".."')

    process = run_main("-q", "-o", tmp_path / "here", "--import-root", tmp_path)

    assert process.returncode == Exit.DONE
    assert (tmp_path / "here/orders").is_dir()


def test_a_configuration_that_is_a_link_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(SECRETS["netrc"], "utf-8")
    Path("naftiko-gen.toml").symlink_to(tmp_path / "netrc")

    for form in ("text", "json", "github", "sarif"):
        process = run_main("--format", form)
        assert process.returncode == Exit.USAGE
        assert PRIVATE not in process.stdout + process.stderr


# --- whose package is replaced -------------------------------------------------------


@pytest.mark.parametrize("mode", [[], ["--check"], ["--diff"], ["--fail-on-change"]])
def test_a_package_of_another_spec_is_not_replaced(
    mode: list[str], other: Path, repository: dict[str, bytes]
) -> None:
    process = run_main("specs/orders.yaml", "-o", other / "generated", *mode)

    assert process.returncode == Exit.FAILED
    assert "error[foreign-package]" in process.stderr
    assert tree(other) == repository


def test_force_replaces_a_package_of_another_spec(other: Path) -> None:
    output = other / "generated"

    assert run_main("specs/orders.yaml", "-o", output, "--force", "-q").returncode == 0
    assert run_main("specs/orders.yaml", "-o", output, "--check", "-q").returncode == 0


def test_a_spec_that_was_moved_needs_force() -> None:
    assert run_main("specs/orders.yaml", "-q").returncode == Exit.DONE
    shutil.move("specs/orders.yaml", "orders.yaml")

    process = run_main("orders.yaml")

    assert process.returncode == Exit.FAILED
    assert "another spec, 'specs/orders.yaml'" in process.stderr
    assert "--force" in process.stderr
    assert run_main("orders.yaml", "-q", "--force").returncode == Exit.DONE
    assert run_main("orders.yaml", "-q").returncode == Exit.DONE


@pytest.mark.parametrize("layout", ["project", "package"])
def test_the_manifest_has_the_path_from_the_package(layout: str) -> None:
    command = ["specs/orders.yaml", "--layout", layout, "-q"]
    assert run_main(*command, "-o", "src/api").returncode == Exit.DONE

    manifest = json.loads(Path("src/api/orders", MANIFEST_NAME).read_text("utf-8"))

    assert manifest["spec"]["path"] == "../../../specs/orders.yaml"


def test_a_copy_that_is_no_repository_has_the_same_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_main("specs/orders.yaml", "-q").returncode == Exit.DONE
    Path(".git").rmdir()
    shutil.copytree(".", tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")

    assert run_main("specs/orders.yaml", "-q", "--check", "--no-cache").returncode == 0


def test_outside_of_a_project_the_manifest_has_no_path(tmp_path: Path) -> None:
    assert run_main("specs/orders.yaml", "-q", "-o", tmp_path / "out").returncode == 0

    text = (tmp_path / "out/orders" / MANIFEST_NAME).read_text("utf-8")

    assert "path" not in json.loads(text)["spec"]
    assert str(tmp_path) not in text


@pytest.mark.parametrize("link", ["generated", "generated/orders"])
@pytest.mark.parametrize("options", [["--no-config"], []])
def test_an_output_that_is_a_link_is_refused(
    options: list[str], link: str, other: Path, repository: dict[str, bytes]
) -> None:
    configure('specs = ["specs/*.yaml"]')
    Path(link).parent.mkdir(exist_ok=True)
    Path(link).symlink_to(other / link)

    process = run_main("specs/orders.yaml", "--force", *options)

    assert process.returncode != Exit.DONE
    assert "is a symbolic link" in process.stderr or "leads out" in process.stderr
    assert tree(other) == repository


# --- rewritten files ----------------------------------------------------------------


@pytest.mark.parametrize("options", [["--no-config"], [], ["--diff", "--no-config"]])
@pytest.mark.parametrize("spec", ["specs/linked.yaml", "link/specs/orders.yaml"])
def test_fix_follows_no_link_that_leads_out(
    spec: str, options: list[str], other: Path, repository: dict[str, bytes]
) -> None:
    configure('output = "generated"')
    Path("link").symlink_to(other)
    Path("specs/linked.yaml").symlink_to(other / "specs/orders.yaml")

    process = run_main("fix", spec, *options)

    assert process.returncode == Exit.FAILED
    assert "a link leads from it to another directory" in process.stderr
    assert not process.stdout
    assert tree(other) == repository


def test_fix_rewrites_the_target_of_a_link_inside() -> None:
    Path("linked.yaml").symlink_to("specs/orders.yaml")

    assert run_main("fix", "linked.yaml", "-q").returncode == Exit.DONE

    assert Path("linked.yaml").is_symlink()
    assert Path("specs/orders.yaml").read_text("utf-8") != HOSTILE


def test_fix_leaves_a_spec_whose_import_is_elsewhere(
    other: Path, repository: dict[str, bytes]
) -> None:
    entry = "  - {import: training-runs, location: ./linked.yaml}\n  - type: http\n"
    importing = HOSTILE.replace("  - type: http\n", entry, 1)
    Path("specs/orders.yaml").write_text(importing, "utf-8")
    Path("specs/linked.yaml").symlink_to(other / "specs/orders.yaml")

    process = run_main("fix", "specs/orders.yaml")

    assert process.returncode == Exit.FAILED
    assert "error[unusable-import]" in process.stderr
    assert Path("specs/orders.yaml").read_text("utf-8") == importing
    assert tree(other) == repository


def test_import_overwrites_no_file_that_a_link_leads_to(
    other: Path, repository: dict[str, bytes]
) -> None:
    api = (
        "openapi: 3.1.0\ninfo: {title: Books, version: '1'}\n"
        "servers: [{url: 'https://books.example'}]\n"
        "paths: {/books: {get: {operationId: list, responses: {}}}}\n"
    )
    Path("openapi.yaml").write_text(api, "utf-8")
    Path("specs/linked.yaml").symlink_to(other / "specs/orders.yaml")

    process = run_main("import", "openapi.yaml", "-o", "specs/linked.yaml", "--force")

    assert process.returncode == Exit.FAILED
    assert tree(other) == repository


# --- shown lines ---------------------------------------------------------------


@pytest.mark.parametrize("name", SECRETS)
@in_table
def test_a_file_of_another_kind_is_not_quoted(
    command: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(SECRETS[name], "utf-8")
    Path("specs/linked.yaml").symlink_to(tmp_path / name)

    assert main.main([*command, "specs/linked.yaml"]) == Exit.FAILED

    streams = capsys.readouterr()
    output = streams.out + streams.err
    assert "linked.yaml" in output
    assert PRIVATE not in output


@pytest.mark.parametrize("name", SECRETS)
def test_an_import_of_another_kind_is_not_quoted(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("specs", name).write_text(SECRETS[name], "utf-8")
    entry = f"  - {{import: a, location: ./{name}}}\n  - type: http\n"
    Path("specs/orders.yaml").write_text(
        HOSTILE.replace("  - type: http\n", entry, 1), "utf-8"
    )

    assert main.main(["specs/orders.yaml"]) == Exit.FAILED
    assert PRIVATE not in capsys.readouterr().err


def test_a_broken_capability_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("specs/orders.yaml").write_text(f'{SPEC}\nmistaken: "\\q"\n', "utf-8")

    assert main.main(["specs/orders.yaml"]) == Exit.FAILED
    assert "| mistaken: " in capsys.readouterr().err
