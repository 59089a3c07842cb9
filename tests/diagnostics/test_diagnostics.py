"""Every code has a page, with an example and the exact text that is printed for it."""

import re
from pathlib import Path

import pytest
from cases import PREPARED, prepare
from examples import CONFIGURATION, PAGES, SPEC, files, message, page_of, with_message
from reference import index

from golden_files import Golden
from naftiko_gen.cli.main import main
from naftiko_gen.diagnostics.report import Code, Severity

INDEX = PAGES / "README.md"
OUTCOME = re.compile(
    r"^\S+: (wrote \d+|would write \d+|\d+ errors?, nothing written|tools/list).*\n"
    r"|^next: .*\n",
    re.MULTILINE,
)
"""The last lines of a run, which are about no code."""
NO_VERSION = re.compile(
    r"^\S+ note\[missing-version\] .*\n(?: +(?:\d+ )?\| .*\n)*", re.MULTILINE
)
"""The note on a version, which documents as small as these don't have."""


SLOW_CODES = {Code.FILE_TOO_LARGE, Code.TOO_COMPLEX}
"""The codes whose specs are large."""
CODES = [
    pytest.param(code, id=code.slug, marks=[pytest.mark.slow] * (code in SLOW_CODES))
    for code in Code
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_shown_by_its_case(
    code: Code,
    golden: Golden,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = prepare(code, monkeypatch)

    main([*arguments, *options(code, arguments)])

    output = OUTCOME.sub("", capsys.readouterr().err)
    if code is not Code.MISSING_VERSION:
        output = NO_VERSION.sub("", output)
    assert f" {code.severity.value}[{code.slug}] " in output
    golden.check(page_of(code), with_message(code, output).encode())


ASSUMPTIONS = [
    code for code in Code if code.severity is not Severity.ERROR and SPEC in files(code)
]


@pytest.mark.parametrize("code", ASSUMPTIONS, ids=lambda code: code.slug)
def test_strict_refuses_an_assumption(
    code: Code,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main([*prepare(code, monkeypatch), "-o", "out", "--strict"]) == 1

    assert f" error[{code.slug}] " in capsys.readouterr().err
    assert not (tmp_path / "out" / "spec").exists()


def options(code: Code, arguments: list[str]) -> list[str]:
    """Return the options of a run; cases only about files need all of them."""
    if arguments[:1] in (["import"], ["tools"]):
        return ["-o", "out"] if arguments[0] == "import" else ["-v"]
    # One run counts notes without the first one.
    delivery_options = (
        [] if code in PREPARED else ["--runtime", "library", "--no-cache"]
    )
    return ["-v", "-o", "out", *delivery_options]


def test_every_page_is_that_of_a_code() -> None:
    examples = {code for code in Code if {SPEC, CONFIGURATION} & files(code).keys()}

    assert {*PAGES.iterdir()} - {INDEX} == {page_of(code) for code in Code}
    assert examples == {*Code} - {*PREPARED}


@pytest.mark.parametrize("code", Code, ids=lambda code: code.slug)
def test_a_document_is_as_small_as_it_can_be(code: Code) -> None:
    """Nothing but the code's own finding, or others at the same place."""
    heads = re.findall(r" (?:error|warning)\[([a-z0-9-]+)\] ", message(code))

    assert set(heads) <= {code.slug} | FOLLOWING.get(code, set())


FOLLOWING = {
    Code.UNKNOWN_KEY: {"missing-key"},
    Code.CREDENTIAL_SETTING: {"implicit-variable"},
    Code.STANDALONE_IMPORT: {"nothing-exposed"},
}
"""A misspelt key is a missing key as well; a missing one isn't in `binds` either."""


def test_the_index_names_every_code(golden: Golden) -> None:
    golden.check(INDEX, index().encode())
