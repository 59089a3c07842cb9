"""What `naftiko-gen fix` makes of documents that are typed in unusual ways."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from naftiko_gen.codes import Code
from naftiko_gen.fixing import repair
from naftiko_gen.pipeline import Options, Understood, understand

OPTIONS = Options(output=Path())
SPEC = Path("spec.yaml")

LIBRARY = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: library
    baseUri: https://library.example.org
    resources:
    - name: books
      path: /books
      operations:
      - name: get
        method: GET
        inputParameters:
        - {name: lang, in: query}
  exposes:
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - name: get-books
      description: Get books
      call: library.get
      inputParameters:
      - {name: lang, type: string, required: false}
"""


def fixed(text: str) -> repair.Repaired:
    """Fix a document, and show that it means the same and is then as it should be."""
    content = text.encode()
    found = read(content)
    made = repair.repaired(found, content, OPTIONS)
    after = read(made.content)
    assert found.meaning
    assert after.meaning
    assert after.meaning.capability == found.meaning.capability
    assert repair.repaired(after, made.content, OPTIONS).content == made.content
    return made


def read(content: bytes) -> Understood:
    found = understand(SPEC, OPTIONS, content)
    assert found.meaning is not None, [one.message for one in found.diagnostics]
    return found


def left(made: repair.Repaired) -> Counter[Code]:
    return Counter(one.code for one in made.left)


REST = "type: string\n        mapping: $.title\n"


@pytest.mark.parametrize(
    "title",
    [
        f"-\n        name: title\n        {REST}",
        f"- # One.\n        name: title\n        {REST}",
        "- {\n          name: my-title, # One.\n"
        "          type: string, mapping: $.title}\n",
    ],
)
def test_outputs_are_left_whose_names_are_below_their_dashes(title: str) -> None:
    text = (
        f"{LIBRARY}      outputParameters:\n      {title}"
        "      - {name: year, type: integer, mapping: $.year}\n"
    )
    made = fixed(text)
    assert made.content.decode() == text
    assert left(made) == {Code.NAMED_OUTPUTS: 1}


CLIENT = LIBRARY.replace("name: get-books", "name: 'get books'")


@pytest.mark.parametrize(
    "description",
    [
        ">-  # in words\n        Get books\n",
        "|-\n        Get books\n       # As on the door.\n",
    ],
)
def test_a_comment_at_a_block_of_text_is_never_deleted(description: str) -> None:
    made = fixed(CLIENT.replace("Get books\n", description))
    assert description in made.content.decode()
    assert left(made) == {Code.CLIENT_ALIAS: 1}


def test_a_block_of_text_may_hold_what_looks_like_a_comment() -> None:
    made = fixed(CLIENT.replace("Get books\n", "|-\n        Get\n        # books\n"))
    assert b"        # books\n\n        `get_books` is `get books`." in made.content
    assert made.left == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_file_that_ends_without_a_newline_still_does(
    newline: str, blank: str
) -> None:
    output = f"{blank}      outputParameters:\n      - {{type: object, mapping: $.}}"
    made = fixed((LIBRARY + output).replace("\n", newline))
    assert made.content.decode() == LIBRARY.rstrip().replace("\n", newline)
