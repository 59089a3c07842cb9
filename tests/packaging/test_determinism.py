"""The output depends only on the spec and the compiler."""

import locale
import shutil
from pathlib import Path

import pytest
from environments import SPEC, Environment, run, tree


def has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_CTYPE, before)
    return True


@pytest.mark.parametrize(
    "settings",
    [
        {
            "PYTHONHASHSEED": "0",
            "LC_ALL": "C",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONUTF8": "0",
        },
        {
            "PYTHONHASHSEED": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "Pacific/Kiritimati",
            "SOURCE_DATE_EPOCH": "0",
        },
        pytest.param(
            {"LC_ALL": "tr_TR.UTF-8"},
            marks=pytest.mark.skipif(
                not has_locale("tr_TR.UTF-8"), reason="no Turkish locale installed"
            ),
        ),
        {
            "PYTHONOPTIMIZE": "2",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "20",
            "HOME": "/nonexistent",
            "BLACK_CACHE_DIR": "/nonexistent",
        },
    ],
    ids=lambda settings: ",".join(f"{k}={v}" for k, v in settings.items()),
)
def test_the_surroundings_do_not_matter(
    settings: dict[str, str],
    first: Environment,
    sources: Path,
    tmp_path: Path,
    expected_files: object,
) -> None:
    """Several settings are tried at once: none of them may change anything.

    Without a seed, Python chooses one at random, as in all other runs of the compiler.
    """
    command = (first.script("naftiko-gen"), sources / SPEC, "-o", tmp_path)

    run(*command, env=settings)

    assert tree(tmp_path / "training-runs") == expected_files


NAMES = ("b.yaml", "training-runs.yaml", "a.yaml")
SETTINGS = "[tool.black]\nline-length = 40\nskip-string-normalization = true\n"
"""A project's formatter settings are for its own code."""


@pytest.fixture
def below(sources: Path, tmp_path: Path) -> Path:
    """A working directory with an unusual name, settings, and other specs."""
    below = tmp_path / "with a space" / "grün"
    below.mkdir(parents=True)
    (below / "pyproject.toml").write_text(SETTINGS, "utf-8")
    for name in NAMES:
        shutil.copy(sources / SPEC, below / name)
    return below


def test_the_working_directory_its_settings_and_other_specs_do_not_matter(
    first: Environment, below: Path, expected_files: dict[str, bytes]
) -> None:
    run(first.script("naftiko-gen"), *NAMES, cwd=below)

    assert tree(below / "generated" / "training-runs") == expected_files
    assert len(tree(below / "generated")) == 3 * len(expected_files)


def test_the_form_of_paths_does_not_matter(
    first: Environment, below: Path, tmp_path: Path, expected_files: object
) -> None:
    command = (first.script("naftiko-gen"), "../grün/t*.yaml", "-o", "../../out/.")

    run(*command, cwd=below)

    assert tree(tmp_path / "out" / "training-runs") == expected_files
