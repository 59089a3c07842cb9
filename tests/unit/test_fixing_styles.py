"""`naftiko-gen fix` on documents that are typed in unusual ways."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from fixed_documents import fixed

from naftiko_gen.diagnostics.codes import Code

if TYPE_CHECKING:
    from naftiko_gen.tools.fix import repair

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


@pytest.mark.parametrize("end", ["...\n", "...\r\n# Nothing else.\r\n", "..."])
def test_the_mark_that_ends_a_document_stays(end: str) -> None:
    newline = "\r\n" if "\r" in end else "\n"
    output = "      outputParameters:\n      - {type: object, mapping: $.}\n"
    made = fixed((LIBRARY + output).replace("\n", newline) + end)
    assert made.content.decode() == LIBRARY.replace("\n", newline) + end


def test_lists_end_in_front_of_the_mark_that_ends_a_document() -> None:
    head, _, tools = LIBRARY.partition("  exposes:\n")
    before, _, consumes = head.partition("  consumes:\n")
    consumes, _, _ = consumes.partition("        inputParameters:\n")
    consumes = consumes.replace("/books", "/{{lang}}/books")
    tools = tools.replace("required: false", "required: true")
    text = f"{before}  exposes:\n{tools}  consumes:\n{consumes}"
    listed = "        inputParameters:\n        - name: lang\n          in: path\n"
    end = "...\n  # Nothing else.\n"
    assert fixed(text + end).content.decode() == text + listed + end


@pytest.mark.parametrize(
    "description",
    [
        r"a\u202eb",
        r"a\U000e0041b",
        r"a\u0085\n\tb",
    ],
)
def test_what_a_text_may_hold_as_an_escape_alone_is_written_as_one(
    description: str,
) -> None:
    head, _, _ = LIBRARY.partition("      inputParameters:\n      - {name: lang, type")
    inputs = f'{{name: lang, in: query, description: "{description}"}}'
    made = fixed(head.replace("{name: lang, in: query}", inputs))
    assert made.left == ()
    assert f'        description: "{description}"\n' in made.content.decode()


def test_a_text_of_several_lines_leaves_single_quotes() -> None:
    head, _, tool = CLIENT.partition("    - name: 'get books'\n")
    description = "description: 'Get books'"
    listed = "[{name: lang, type: string, required: false}]"
    inside = f"name: 'get books', {description}, inputParameters: {listed}"
    made = fixed(f"{head}    - {{{inside}, call: library.get}}\n")
    assert tool
    assert made.left == ()
    assert '"Get books\\n\\n`get_books` is' in made.content.decode()


def test_an_operation_whose_name_is_its_id_is_repeated() -> None:
    text = LIBRARY.replace("- name: get\n", "- id: get\n")
    books = text.partition("    - name: books\n")[2].partition("  exposes:\n")[0]
    again = f"    - name: again\n{books}"
    made = fixed(text.replace("  exposes:\n", f"{again}  exposes:\n"))
    assert made.left == ()
    assert "      # operations:\n      # - id: get\n" in made.content.decode()


@pytest.mark.parametrize("end", ["with: }", "with:  }", "with}", "with: null }"])
def test_what_is_empty_goes_at_the_end_of_braces(end: str) -> None:
    head, _, tools = LIBRARY.partition("    - name: get-books\n")
    listed = "inputParameters: [{name: lang, type: string, required: false}]"
    tool = f"    - {{name: a, description: A, {listed}, call: library.get"
    made = fixed(f"{head}{tool}, {end}\n")
    assert tools
    assert made.left == ()
    assert made.content.decode().rstrip("} \n") == (head + tool).rstrip("} \n")


def test_a_comma_in_a_comment_is_none_of_braces() -> None:
    head, _, tools = LIBRARY.partition("    - name: get-books\n")
    listed = "inputParameters: [{name: lang, type: string, required: false}]"
    tool = f"{{\n      name: a, description: A, {listed}"
    end = "call: library.get, # here, there\n      with: null\n      }\n"
    made = fixed(f"{head}    - {tool}, {end}")
    assert tools
    assert "# here, there" in made.content.decode()
