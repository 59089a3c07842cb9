"""The text of `--help` about environment variables."""

from __future__ import annotations

from dataclasses import replace

from naftiko_runtime.serving.command import variables_text
from naftiko_runtime.serving.program import Parser, Program, RestAdapter
from naftiko_runtime.settings import BaseSettings, Usual, templated_base_uri, text


class Settings(BaseSettings, prefix="SHOP"):
    """Settings of an address with variables."""

    tier: str = text("SHOP_TIER", usual=Usual("free", ["free", "paid"]))
    key: str = text("SHOP_KEY", usual=Usual(choices=["a", "b"]))
    shop: str = templated_base_uri(
        "SHOP_BASE_URI", "https://{SHOP_REGION}.example", {"SHOP_REGION": Usual("eu")}
    )


class StrangeSettings(BaseSettings, prefix="SHOP"):
    """Settings whose defaults are no words."""

    tier: str = text("SHOP_TIER", usual=Usual("%(prog)s 5% \x1b[2J"))


PROGRAM = Program(
    name="shop",
    version="1",
    summary="A shop.",
    base_uris={"SHOP_BASE_URI": "the upstream API"},
    settings=Settings,
    required={"SHOP_KEY": "needed"},
    rest=[RestAdapter("rest", "rest", "REST", 8080)],
)


def test_help_has_the_defaults_of_variables() -> None:
    rows = [line.split(maxsplit=1) for line in variables_text(PROGRAM).splitlines()]
    described = {row[0]: row[1] for row in rows if len(row) > 1}

    address = "the address of the upstream API (default: https://{SHOP_REGION}.example)"
    assert described["SHOP_BASE_URI"] == address
    assert described["SHOP_TIER"] == "one of free, paid (default: free)"
    assert described["SHOP_REGION"] == "any text (default: eu)"
    assert described["SHOP_KEY"] == "needed, except with --mock; one of a, b"
    limit = "the seconds that a call may take (default: 30)"
    assert described["SHOP_TIMEOUT"] == limit
    assert described["REST_PORT,"].endswith("(default: 8080, 127.0.0.1)")


def test_help_shows_the_texts_of_a_spec_as_they_are() -> None:
    program = replace(PROGRAM, settings=StrangeSettings, summary="%(prog)s, 10%\x9b")
    parser = Parser(
        prog="shop", description=program.summary, epilog=variables_text(program)
    )

    helped = parser.format_help()
    assert r"%(prog)s, 10%\x9b" in helped
    assert r"any text (default: %(prog)s 5% \x1b[2J)" in helped
