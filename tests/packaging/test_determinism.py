"""The output depends on the spec and the compiler alone."""

from __future__ import annotations

import locale
import shutil
from typing import TYPE_CHECKING

import pytest
from environments import SPEC, Environment, run, tree

if TYPE_CHECKING:
    from pathlib import Path


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
    expected: object,
) -> None:
    """Several settings are tried at once: none of them may change anything.

    Without a seed, Python chooses one at random, as in all other runs of the compiler.
    """
    command = (first.script("naftiko-gen"), sources / SPEC, "-o", tmp_path)

    run(*command, env=settings)

    assert tree(tmp_path / "training-runs") == expected


def test_the_working_directory_and_the_form_of_paths_do_not_matter(
    first: Environment, sources: Path, tmp_path: Path, expected: object
) -> None:
    below = tmp_path / "with a space" / "grün"
    below.mkdir(parents=True)
    shutil.copy(sources / SPEC, below)

    run(first.script("naftiko-gen"), "training-runs.yaml", cwd=below)
    run(first.script("naftiko-gen"), "../grün/*.yaml", "-o", "../../out/.", cwd=below)

    assert tree(below / "generated" / "training-runs") == expected
    assert tree(tmp_path / "out" / "training-runs") == expected


def test_settings_of_the_project_around_it_do_not_matter(
    first: Environment, sources: Path, tmp_path: Path, expected: object
) -> None:
    """A project's formatter settings are for its own code."""
    settings = "[tool.black]\nline-length = 40\nskip-string-normalization = true\n"
    (tmp_path / "pyproject.toml").write_text(settings, "utf-8")

    run(first.script("naftiko-gen"), sources / SPEC, cwd=tmp_path)

    assert tree(tmp_path / "generated" / "training-runs") == expected


def test_other_specs_of_a_run_do_not_matter(
    first: Environment, sources: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    names = ("b.yaml", "training-runs.yaml", "a.yaml")
    for name in names:
        shutil.copy(sources / SPEC, tmp_path / name)

    run(first.script("naftiko-gen"), *names, cwd=tmp_path)

    assert tree(tmp_path / "generated" / "training-runs") == expected
    assert len(tree(tmp_path / "generated")) == 3 * len(expected)
