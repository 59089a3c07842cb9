"""Texts as models read them: words without Markdown and HTML, cut at sentences."""

import pytest

from naftiko_gen.emit.plain_text import illustrate, plain
from naftiko_gen.emit.types.schemas import Schema, plain_schema
from naftiko_gen.openapi.prose import few_sentences, shorten
from steps import steps_of

LONG_CODE = "\n".join(f"line {number}" for number in range(20))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("Lists books.", "Lists books."),
        ("See [the docs](https://x.y/a(b)) and [more][1].\n\n[1]: /z", None),
        ('Lists. For more information, see "[A](/x)" and "[B](/y)."\n\nAll.', None),
        (
            "Pays. See [this](/x), which costs. Please see [that](/y).",
            "Pays. See this, which costs.",
        ),
        ("A ![small cat](cat.png).", "A small cat."),
        ("[![Build](https://b/x.svg)](https://b) <https://a.b/c>", None),
        ("<p>One<br>two &amp; <b>three</b></p>", "One\ntwo & three"),
        ("Give `<br>` or `[a](b)`.", "Give `<br>` or `[a](b)`."),
        ("**Note:** `__init__`, *.txt, __all__ and *this*", None),
        ("> [!NOTE]\n> Costs money.", "Note:\nCosts money."),
        ("> [!TIP] > Costs money.", "Tip: Costs money."),
        (":::warning\nCosts **money**.\n:::", "Warning:\nCosts money."),
        ('!!! tip "Cheaper"\nAsk first.', "Tip:\nAsk first."),
        ("# Orders\n\nBuys.\n\n---\n\n1. One\n2. Two\n   - *x*", None),
        ("|a|b|\n|-|-|\n|1|[2](/z)|", "a | b\n1 | 2"),
        (f"```yaml\n{LONG_CODE}\n```", None),
        ("a | b, <id> & {x} \\* 2 < 3", "a | b, <id> & {x} * 2 < 3"),
        ("Default: 20\\. Or min\\_\\*, C:\\dir.", "Default: 20. Or min_*, C:\\dir."),
        (
            "A list.\n\n_Note: `x` is *quite new*._",
            "A list.\n\nNote: `x` is quite new.",
        ),
        ("The _id_ of a_b and c_d, ^\\d\\.$", "The _id_ of a_b and c_d, ^\\d\\.$"),
        ("Cut [off](https://example.com/a …", "Cut off …"),
        ("<details><summary>More</summary>\n\n[a](/b)</details>", "More\n\na"),
    ],
)
def test_markup_becomes_words(markdown: str, words: str | None) -> None:
    expected = {
        "See": "See the docs and more.",
        "[![": "Build https://a.b/c",
        "Lis": "Lists.\n\nAll.",
        "**N": "Note: `__init__`, *.txt, __all__ and *this*",
        "# O": "Orders\n\nBuys.\n\n1. One\n2. Two\n   - *x*",
        "```": "\n".join(["```", *LONG_CODE.split("\n")[:12], "…", "```"]),
    }
    assert plain(markdown) == (words or expected[markdown[:3]])
    assert plain(plain(markdown)) == plain(markdown)


def test_only_descriptions_of_a_schema_become_words() -> None:
    link = "[a](/b)"
    part: Schema = {
        "type": "string",
        "description": link,
        "default": link,
        "enum": [link],
    }

    schema = plain_schema({"properties": {"description": part}, "anyOf": [part]})

    words: Schema = {**part, "description": "a"}
    assert schema == {"properties": {"description": words}, "anyOf": [words]}


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Short.", 6, "Short."),
        ("Lists books, e.g. new ones. Takes long. Or not.", 40, None),
        ("Lists books of all kinds. " * 3 + "Deprecated.", 80, None),
        ("Lists books\n\nand more of them in the shop", 24, "Lists books …"),
        ("one two three four", 12, "one two …"),
        ("x" * 50, 10, "x" * 8 + " …"),
    ],
)
def test_a_long_text_is_cut_at_a_sentence(
    text: str, limit: int, expected: str | None
) -> None:
    cut = shorten(text, limit)

    assert len(cut) <= limit
    if expected is None:
        assert cut.startswith("Lists books")
        expected = {
            "Or not.": "Lists books, e.g. new ones. … Or not.",
            "ecated.": f"{'Lists books of all kinds. ' * 2}… Deprecated.",
        }[text[-7:]]
    assert cut == expected


MOST_STEPS = 2_000_000
"""The most lines and calls of Python for any text, however long it is."""


@pytest.mark.parametrize(
    "part",
    [
        *("[", "![", "[a](", "](", "[a]", "[[a]", "[a]: /b\n\n", "[\n"),
        *("*a_ ", "**a ", "**", "`", "` ``", "> ", "- ", "1. ", "# a\n", "```\n"),
        *("<", "<!--", "<b>", "<b ", "&amp", "&lt;", "::: a\n", "|a|\n|-|\n", "|"),
    ],
)
def test_hostile_markup_takes_bounded_time(part: str) -> None:
    def read(length: int) -> int:
        text = f"[a](b){part * length}"[:length]
        return steps_of(lambda: shorten(plain.__wrapped__(text), 1_000))

    assert read(5_000) <= MOST_STEPS
    assert read(1_000_000) <= MOST_STEPS


def test_an_example_shows_its_type_and_no_placeholder() -> None:
    assert illustrate("The page.", '"{{PAGE_ID}}"') == "The page."
    assert illustrate("The page.", '["100"]') == 'The page. E.g. ["100"]'
    assert illustrate("The page.", '"a {{ b }} c"') == "The page. E.g. a {{ b }} c"


def test_a_cut_description_of_a_member_ends_with_a_sentence() -> None:
    text = "Permits forced pushes by all with access.\nSet to `null` to block them. "
    more = 'For more information, see "[Forced pushes](https://example.com/a-page)".'
    assert few_sentences(text + more, 110) == f"{' '.join(text.split())} …"
