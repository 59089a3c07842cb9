"""Comments by which a document says that its extensions are meant."""

from collections import Counter
from pathlib import Path

import examples
import pytest

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import EXTENSIONS, Code, Severity
from naftiko_gen.diagnostics.report import Severities
from waiting import ending

pytestmark = pytest.mark.usefixtures("place")

SPEC = examples.files(Code.ADAPTER_DESCRIPTION)[examples.SPEC]
CASES = [code for code in Code if examples.SPEC in examples.files(code)]
ACKNOWLEDGED = {f"note {code.slug}" for code in EXTENSIONS}
DESCRIPTION = "    description: The books of the store.\n"
PRAGMA = "    # naftiko-gen: extension\n"


def acknowledge(pragma: str = PRAGMA, line: str = DESCRIPTION) -> str:
    assert line in SPEC
    return SPEC.replace(line, pragma + line)


def find_codes(text: str, severities: Severities | None = None) -> list[str]:
    slugs = {code.slug: severity for code, severity in (severities or {}).items()}
    options = Options(output=Path(), severities=slugs)
    reading = frontend.read(Path("spec.yaml"), options, text.encode())
    return [f"{d.severity} {d.code.slug}" for d in reading.diagnostics]


def ignored_pragmas(text: str) -> list[tuple[str, str | None]]:
    """Return the messages about pragmas, and their hints."""
    reading = frontend.read(Path("spec.yaml"), Options(output=Path()), text.encode())
    return [
        (f"{d.span.line}:{d.span.column} {d.message}", d.hint)
        for d in reading.diagnostics
        if d.code is Code.IGNORED_PRAGMA and d.span
    ]


def test_only_notes_are_extensions() -> None:
    assert {code.severity for code in EXTENSIONS} == {Severity.NOTE}


@pytest.mark.parametrize(
    "text",
    [
        acknowledge(),
        acknowledge().replace("\n", "\r\n"),
        "\ufeff" + acknowledge(),
        acknowledge("    #naftiko-gen:extension  \n"),
    ],
    ids=["as fix writes it", "CRLF", "byte order mark", "close"],
)
def test_acknowledged_findings_are_not_reported(text: str) -> None:
    assert find_codes(SPEC) == ["note adapter-description"]
    assert find_codes(text) == []


def test_a_list_is_acknowledged_above_its_dash() -> None:
    spec = SPEC.replace(
        "        call: store.list-books",
        "        call: store.list-books\n"
        "        outputParameters:\n"
        "        # naftiko-gen: extension\n"
        "        - {type: object, mapping: $.book}",
    )
    assert find_codes(spec) == ["note adapter-description"]
    assert find_codes(spec.replace("naftiko-gen: ", "")) == [
        "note adapter-description",
        "note opaque-output",
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda code: code.slug)
def test_nothing_but_extensions_can_be_acknowledged(case: Code) -> None:
    """Pragmas above every line of a code's case take nothing else away."""
    text = examples.files(case)[examples.SPEC]
    above = "".join(
        f"{' ' * (len(line) - len(line.lstrip(' ')))}# naftiko-gen: extension\n{line}"
        for line in text.splitlines(keepends=True)
    )
    expected = Counter(line for line in find_codes(text) if line not in ACKNOWLEDGED)
    assert expected <= Counter(find_codes(above))


def test_codes_that_the_user_makes_warnings_are_reported() -> None:
    warning = {Code.ADAPTER_DESCRIPTION: Severity.WARNING}
    note = {Code.ADAPTER_DESCRIPTION: Severity.NOTE}
    assert find_codes(acknowledge(), warning) == ["warning adapter-description"]
    assert find_codes(acknowledge(), note) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            acknowledge("    # naftiko-gen: extention\n"),
            ("16:5 'extention' isn't a pragma", "did you mean 'extension'?"),
        ),
        (
            acknowledge("    # naftiko-gen: ignore\n"),
            ("16:5 'ignore' isn't a pragma", None),
        ),
        (
            acknowledge("  # naftiko-gen: extension\n"),
            ("16:3 the comment doesn't start in the column of the line below it", None),
        ),
        (
            SPEC.replace("of the store.", "of the store.  # naftiko-gen: extension"),
            (
                "16:43 the comment isn't on a line of its own, directly above the "
                "extension",
                None,
            ),
        ),
        (
            acknowledge("    # naftiko-gen: extension\n    # See the wiki.\n"),
            (
                "16:5 the comment isn't on a line of its own, directly above the "
                "extension",
                None,
            ),
        ),
    ],
    ids=["misspelt", "another word", "another column", "behind a value", "far above"],
)
def test_a_pragma_without_effect_is_told(
    text: str, message: tuple[str, str | None]
) -> None:
    assert ignored_pragmas(text) == [message]
    assert "note adapter-description" in find_codes(text)


@pytest.mark.parametrize(
    "description",
    [
        "    description: |\n      Comments:\n      # naftiko-gen: extention\n",
        '    description: "Comments:\n\n      # naftiko-gen: extention\n      too"\n',
        "    description: '# naftiko-gen: extention'\n",
    ],
    ids=["block", "several lines in quotes", "quotes"],
)
def test_a_text_is_no_pragma(description: str) -> None:
    text = SPEC.replace(DESCRIPTION, description)
    assert text != SPEC
    assert find_codes(text) == ["note adapter-description"]


def test_a_long_comment_costs_no_more_than_its_length() -> None:
    """The square of its spaces would take half an hour."""
    blanks = " " * 400_000
    text = SPEC.replace(DESCRIPTION, f"    # naftiko-gen: a{blanks}b\n{DESCRIPTION}")
    with ending():
        assert ignored_pragmas(text) != []


def test_imported_files_acknowledge_by_themselves() -> None:
    spec, consumed = SPEC.split("  exposes:")[1], SPEC.split("  exposes:")[0]
    imported_text = consumed.replace(
        "    resources:",
        "    authentication:\n"
        "      # naftiko-gen: extension\n"
        "      type: hmac\n"
        "      apiId: '{{ID}}'\n"
        "      apiKey: '{{KEY}}'\n"
        "    resources:",
    ).replace(
        "capability:\n",
        "binds:\n- namespace: e\n  keys: {ID: ID, KEY: KEY}\ncapability:\n",
    )
    spec = (
        "naftiko: 1.0.0-alpha2\ncapability:\n  consumes:\n"
        "  - {import: store, location: shared.yaml}\n  exposes:" + spec
    )
    Path("shared.yaml").write_text(imported_text, "utf-8")
    assert find_codes(spec) == ["note adapter-description"]
    Path("shared.yaml").write_text(
        imported_text.replace("extension", "extensions"), "utf-8"
    )
    assert find_codes(spec) == [
        "note ignored-pragma",
        "note credential-scheme",
        "note adapter-description",
    ]
