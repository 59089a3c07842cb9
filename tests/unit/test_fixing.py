"""Changes that `naftiko-gen fix` makes to a document, and texts that it keeps."""

from __future__ import annotations

import stat
from collections import Counter
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest
import yaml

from naftiko_gen import frontend
from naftiko_gen.cli import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import EXTENSIONS, NEVER_FIXED, Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package
from naftiko_gen.syntax.editing.document_text import Edit
from naftiko_gen.tools.fix import repair
from naftiko_gen.tools.fix.file import ReplacementError, replace
from naftiko_gen.tools.fix.hints import without_hints
from naftiko_gen.tools.fix.rules import STEPS

if TYPE_CHECKING:

    from golden_files import Golden
    from naftiko_gen.diagnostics.report import Diagnostic
    from naftiko_gen.tools.fix.context import FixContext

ROOT = Path(__file__).parents[2]
TRAINING_RUNS = ROOT / "specs" / "training-runs.yaml"
OPTIONS = Options(output=Path())

LIBRARY = """\
    # The library's own account of itself.
    naftiko: 1.0.0-alpha1
    info: {title: Bücherei}   # as on the door
    binds:
    - namespace: env
      keys: {KEY: LIBRARY_KEY}
    capability:
      consumes:
      - type: http
        namespace: library
        baseUri: https://library.example.org
        authentication:
          # Never a literal.
          type: bearer
          value: "{{KEY}}"
          placement: header
        resources:
        - path: '/books/{id}'
          name: book
          operations:
          - name: get
            method: GET
            inputParameters:
            - name: id
              in: path
              type: integer
              description: "Its number: on the back"

      exposes:
      - type: mcp
        namespace: mcp
        port: 8080
        tools:
        # Tools come first.
        - name: get-book
          description: Get a book
          call: library.get
          # What it needs.
          with: {id: tools.id}
          outputParameters:
          - type: object
            mapping: $.
"""


def fixed(content: bytes, spec: Path = Path("spec.yaml")) -> repair.Repaired:
    return repair.repair_spec(meaning(content, spec), content, OPTIONS)


def meaning(content: bytes, spec: Path = Path("spec.yaml")) -> frontend.Reading:
    found = frontend.read(spec, OPTIONS, content)
    assert found.meaning is not None, [one.message for one in found.diagnostics]
    return found


def library(content: str = LIBRARY) -> bytes:
    return dedent(content).encode()


def package(found: frontend.Reading, *, with_hints: bool = True) -> dict[str, bytes]:
    assert found.meaning is not None
    capability = found.meaning.capability
    meant = capability if with_hints else without_hints(capability)
    tree = Package(meant, Layout.PROJECT).tree()
    return {file.path: file.content for file in tree}


def counted(findings: tuple[Diagnostic, ...]) -> Counter[Code]:
    return Counter(one.code for one in findings)


# --- the text --------------------------------------------------------------------


def test_everything_that_is_assumed_is_written_down() -> None:
    made = fixed(library())
    assert made.left == ()
    assert made.content.decode() == dedent("""\
        # The library's own account of itself.
        naftiko: 1.0.0-alpha2
        info: {label: Bücherei}   # as on the door
        binds:
        - namespace: env
          keys: {KEY: LIBRARY_KEY}
        capability:
          consumes:
          - type: http
            namespace: library
            baseUri: https://library.example.org
            authentication:
              # Never a literal.
              type: bearer
              token: "{{KEY}}"
            resources:
            - path: '/books/{{id}}'
              name: book
              operations:
              - name: get
                method: GET
                inputParameters:
                - name: id
                  in: path

          exposes:
          - type: mcp
            namespace: mcp
            port: 8080
            tools:
            # Tools come first.
            - name: get-book
              description: Get a book
              call: library.get
              inputParameters:
              - name: id
                type: integer
                description: 'Its number: on the back'
                required: true
              # What it needs.
              with: {id: mcp.id}
        """)


def test_lines_end_as_they_did() -> None:
    content = library().replace(b"\n", b"\r\n")
    made = fixed(content).content
    assert made == fixed(library()).content.replace(b"\n", b"\r\n")


def test_a_byte_order_mark_stays() -> None:
    made = fixed(b"\xef\xbb\xbf" + library())
    assert made.content == b"\xef\xbb\xbf" + fixed(library()).content


def test_the_last_line_may_end_without_a_newline() -> None:
    text = library().removesuffix(b"\n")
    made = fixed(text)
    assert made.left == ()
    assert package(meaning(made.content)) == package(meaning(text))


def test_what_gets_inputs_leaves_its_brackets() -> None:
    tool = "{name: a, description: A, call: library.get, with: {id: tools.id}}"
    text = dedent(LIBRARY).split("    # Tools")[0] + f"    - {tool}  # One.\n"
    made = fixed(text.encode())
    assert made.left == ()
    assert made.content.decode().endswith("""\
    tools:
    - name: a
      description: A
      call: library.get
      inputParameters:
      - name: id
        type: integer
        description: 'Its number: on the back'
        required: true
      with: {id: mcp.id}  # One.
""")


def test_the_brackets_around_what_gets_inputs_go_as_well() -> None:
    resource = dedent(LIBRARY).split("    - path:")[1].split("\n\n")[0]
    flow = " '/books/{id}', name: book, operations: [{name: get, method: GET}]}"
    text = dedent(LIBRARY).replace(f"- path:{resource}", f"- {{path:{flow}")
    made = fixed(text.replace("id: tools.id", "").encode())
    assert made.left == ()
    assert """\
    - path: '/books/{{id}}'
      name: book
      operations:
      - name: get
        method: GET
        inputParameters:
        - name: id
          in: path

  exposes:
""" in made.content.decode()


@pytest.mark.parametrize("held", ["[]", "[{name: lang, in: query}]"])
def test_a_list_in_brackets_gets_lines(held: str) -> None:
    before, _, rest = dedent(LIBRARY).partition("        - name: id\n")
    text = before.replace("inputParameters:", f"inputParameters: {held}")
    text += "\n\n" + rest.split("\n\n")[1]
    made = fixed(text.encode())
    assert made.left == ()
    listed = held.replace("[]", "").replace("[", "\n        - ").replace("]", "")
    end = "\n        - name: id\n          in: path\n"
    assert f"        inputParameters:{listed}{end}" in made.content.decode()


def test_what_goes_over_several_lines_keeps_its_brackets() -> None:
    tool = "{name: a, description: A,\n       call: library.get}"
    text = dedent(LIBRARY).split("    # Tools")[0] + f"    - {tool}\n"
    made = fixed(text.encode())
    assert made.left == ()
    assert "\n       inputParameters: [{name: id, type:" in made.content.decode()


def test_a_comment_is_never_deleted() -> None:
    text = library(LIBRARY.replace("type: integer", "type: integer  # not text"))
    made = fixed(text)
    assert b"type: integer  # not text" in made.content
    assert made.content.count(b"# naftiko-gen: extension") == 1
    assert made.left == ()


def test_inputs_join_those_that_are_declared() -> None:
    text = dedent(LIBRARY).replace(
        "        - name: id\n          in: path\n",
        "        - {name: lang, in: query}\n        - name: id\n          in: path\n",
    )
    text = text.replace(
        "with: {id: tools.id}", "with: {lang: tools.lang, id: tools.id}"
    )
    text = text.replace(
        "      call: library.get",
        "      call: library.get\n"
        "      inputParameters:\n      - name: lang\n        type: string\n"
        "        required: false\n      # Nothing else.\n",
    )
    made = fixed(text.encode())
    assert made.left == ()
    assert "required: false\n      - name: id\n" in made.content.decode()
    assert "# Nothing else." in made.content.decode()


def test_a_text_that_looks_like_a_number_gets_quotes() -> None:
    made = fixed(library(LIBRARY.replace("name: book", "name: 1.10")))
    assert b"name: '1.10'" in made.content


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_port_loses_its_quotes(quote: str) -> None:
    made = fixed(library(LIBRARY.replace("port: 8080", f"port: {quote}8081{quote}")))
    assert b"port: 8081\n" in made.content


def test_imported_files_are_left_alone(tmp_path: Path) -> None:
    consumes = dedent(LIBRARY).split("capability:\n")[1].split("\n  exposes")[0]
    shared = tmp_path / "shared.yaml"
    shared.write_text(f"naftiko: 1.0.0-alpha2\ncapability:\n{consumes}\n", "utf-8")
    before, rest = dedent(LIBRARY).split("  - type: http")
    exposes = rest.split("\n\n")[1]
    entry = "  - {import: library, location: shared.yaml}\n"
    content = f"{before}{entry}{exposes}".encode()
    spec = tmp_path / "spec.yaml"
    made = fixed(content, spec)
    assert counted(made.left)[Code.SINGLE_BRACE_PATH] == 1
    assert package(meaning(made.content, spec)) == package(meaning(content, spec))


def test_what_a_fix_would_change_is_not_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that does harm comes to nothing; the others do their work."""
    monkeypatch.setattr(repair, "STEPS", ((Code.SINGLE_BRACE_PATH, _spoil), *STEPS))
    assert fixed(library()).left == ()


def _spoil(context: FixContext, _span: object) -> tuple[Edit, ...]:
    at = context.text.characters.index("library.example")
    return (Edit(at, at, "spoilt-"),)


def test_a_resource_gets_the_name_that_it_has() -> None:
    made = fixed(library(LIBRARY.replace("          name: book\n", "")))
    assert b"- path: '/books/{{id}}'\n      name: books-id\n" in made.content
    assert made.left == ()


@pytest.mark.parametrize("null", [" null", " ~", ""])
def test_a_resource_whose_name_is_null_gets_it(null: str) -> None:
    made = fixed(library(LIBRARY.replace("name: book", f"name:{null}")))
    assert b"- path: '/books/{{id}}'\n      name: books-id\n" in made.content
    assert made.left == ()


def test_a_key_says_where_it_is_placed() -> None:
    text = LIBRARY.replace("type: bearer", "type: header\n          key: X-Key")
    made = fixed(library(text.replace("          placement: header\n", "")))
    assert b"type: apikey\n      placement: header\n      key: X-Key\n" in made.content
    assert made.left == ()


@pytest.mark.parametrize("end", ["", "/"])
def test_a_guessed_path_is_written(end: str) -> None:
    made = fixed(library(LIBRARY.replace("/books/{id}", f"/books{end}")))
    assert b"- path: '/books/{{id}}'\n" in made.content
    assert made.left == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- type: mcp\n    name", "- type: mcp\n    address: localhost\n    name"),
        (
            "- type: mcp\n    address:\n    name",
            "- type: mcp\n    address: localhost\n    name",
        ),
        (
            "- type: mcp\n    address: ''\n    name",
            "- type: mcp\n    address: 'localhost'\n    name",
        ),
        ("- type: mcp\n    address: 0.0.0.0\n    name", None),
    ],
)
def test_what_can_delete_is_for_this_machine(before: str, after: str | None) -> None:
    text = dedent(LIBRARY).replace("method: GET", "method: DELETE")
    made = fixed(text.replace("- type: mcp\n    name", before).encode())
    assert (after or before) in made.content.decode()
    left = set() if after else {Code.UNGUARDED_OPERATION, Code.IGNORED_ADDRESS}
    assert set(counted(made.left)) == left


def test_an_adapter_in_brackets_is_for_this_machine() -> None:
    head, _, _ = dedent(LIBRARY).partition("  - type: mcp")
    listed = "inputParameters: [{name: id, type: integer, required: true}]"
    tool = f"{{name: a, description: A, call: library.get, {listed}}}"
    adapter = f"  - {{type: mcp, namespace: m, port: 8080, tools: [{tool}]}}\n"
    text = (head + adapter).replace("method: GET", "method: DELETE")
    made = fixed(text.encode())
    assert "- {type: mcp, address: localhost, namespace: m," in made.content.decode()
    assert made.left == ()


def test_what_a_path_and_a_body_use_is_declared() -> None:
    content = b"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: library
    baseUri: https://library.example.org
    resources:
    - path: /books/{{id}}
      name: book
      operations:
      - name: put
        method: PUT
        body:
          type: json
          data: {title: "{{title}}"}
  exposes:
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - name: put-book
      description: Put a book
      call: library.put
"""
    made = fixed(content)
    assert made.left == ()
    assert made.fixed == Counter(
        {
            Code.UNDECLARED_PATH_VARIABLE: 1,
            Code.IMPLICIT_PARAMETER: 1,
            Code.EXPOSED_PARAMETER: 2,
        }
    )


WRITING = """\
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
      - name: add
        method: POST
        # Whatever it is.
        description: Add a book
  exposes:
  - type: rest
    namespace: rest
    port: 8081
    resources:
    - path: /books
      operations:
      - method: POST
        name: add
        call: library.add
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - name: add
      description: Add a book
      call: library.add  # the tool's
"""


def test_a_body_that_nothing_describes_is_declared_wherever_it_goes() -> None:
    made = fixed(WRITING.encode())
    assert made.left == ()
    assert made.fixed == Counter({Code.UNDESCRIBED_BODY: 1})
    text = made.content.decode()
    assert """\
        # Whatever it is.
        description: Add a book
        inputParameters:
        - name: body
          in: body
""" in text
    assert """\
        name: add
        inputParameters:
        - name: body
          in: body
          description: The body of the request.
        call: library.add
""" in text
    assert """\
      inputParameters:
      - name: body
        type: object
        description: The body of the request.
        required: false
      call: library.add  # the tool's
""" in text


@pytest.mark.parametrize(
    "kind", ["json", "text", "formUrlEncoded", "application/octet-stream"]
)
def test_a_body_that_callers_give_is_filled_with_it(kind: str) -> None:
    body = f"        body:\n          type: {kind}\n"
    made = fixed((WRITING.replace("  exposes:", f"{body}  exposes:")).encode())
    assert made.left == ()
    assert made.fixed == Counter({Code.CALLERS_BODY: 1})
    filled = f"          type: {kind}\n          data: '{{{{body}}}}'\n"
    assert filled in made.content.decode()


def test_an_only_member_that_is_a_list_is_no_whole_body() -> None:
    inputs = "inputParameters: [{name: books, in: body, type: array}]"
    text = WRITING.replace("        call:", f"        {inputs}\n        call:")
    made = fixed(text.partition("  - type: mcp")[0].encode())
    assert made.left == ()
    assert """\
        method: POST
        body:
          type: json
          data:
            books: '{{books}}'
""" in made.content.decode()


def test_a_member_of_any_name_is_declared() -> None:
    inputs = "inputParameters: [{name: $top, in: body}, {name: a, in: body}]"
    tool = "inputParameters: [{name: $top, required: true}, {name: a}]"
    text = WRITING.replace(
        "        # Whatever", f"        {inputs}\n        # Whatever"
    )
    made = fixed(f"{text}      {tool}\n".encode())
    assert made.left == ()
    assert """\
        - name: '$top'
          in: body
          value: '$[''$top'']'
""" in made.content.decode()


def test_a_route_without_inputs_says_that_it_does_not_require_what_a_tool_does() -> (
    None
):
    declared = "        inputParameters: [{name: lang, in: query}]\n"
    inputs = "      inputParameters: [{name: lang, type: string, required: true}]\n"
    text = WRITING.replace("        # Whatever", f"{declared}        # Whatever")
    text = text.replace("method: POST", "method: GET")
    made = fixed((text.removesuffix("\n") + "\n" + inputs).encode())
    assert made.left == ()
    assert made.fixed[Code.EXPOSED_PARAMETER] == 1
    assert "type: string\n          required: false\n" in made.content.decode()


@pytest.mark.parametrize("kind", ["json", "application/merge-patch+json"])
def test_a_body_that_every_call_makes_of_members_is_declared(kind: str) -> None:
    body = f"        body: {{type: {kind}}}\n"
    given = GIVING % "\n        with: {title: rest.title, by: me}"
    text = given.replace("  exposes:", f"{body}  exposes:")
    made = fixed(text.encode())
    assert made.left == ()
    assert package(meaning(made.content)) == package(meaning(text.encode()))
    assert f"body: {{type: {kind}, data: '{{{{body}}}}'}}" in made.content.decode()
    assert "with: {body: {title: rest.title, by: me}}" in made.content.decode()


def test_what_is_declared_elsewhere_and_a_variable_is_declared_in_the_path() -> None:
    made = fixed(library(LIBRARY.replace("in: path", "in: query  # as it was")))
    assert made.fixed[Code.UNDECLARED_PATH_VARIABLE] == 1
    assert made.left == ()
    assert b"- name: id\n          in: path  # as it was\n" in made.content


@pytest.mark.parametrize("body", ["", "        body: {type: json}\n"])
def test_a_body_behind_what_templates_name_is_filled_alone(body: str) -> None:
    inputs = "        inputParameters: [{name: q, in: query, value: 'by {{by}}'}]\n"
    given = "      with: {by: tools.by}\n"
    text = WRITING.partition("  - type: rest")[0] + "  - type: mcp"
    text += WRITING.partition("  - type: mcp")[2] + given
    text = text.replace("  exposes:", f"{inputs}{body}  exposes:")
    made = fixed(text.encode())
    assert made.left == ()
    assert "name: body\n          in: body" not in made.content.decode()
    assert "data: '{{body}}'" in made.content.decode()
    assert package(meaning(made.content)) == package(meaning(text.encode()))


def test_a_value_that_is_the_parameter_itself_is_left_out() -> None:
    inputs = """\
        inputParameters:
        - name: title
          in: body
          value: '{{tools.title}}'
"""
    made = fixed(WRITING.replace("  exposes:", f"{inputs}  exposes:").encode())
    assert made.left == ()
    assert "          in: body\n  exposes:" in made.content.decode()


GIVING = WRITING.replace("call: library.add\n", "call: library.add%s\n").replace(
    "# the tool's", "# the tool's\n      with: {title: '{{title}}'}"
)


def test_members_that_every_call_gives_a_body_are_declared() -> None:
    given = "\n        with:\n          title: rest.title  # its own\n          by: me"
    made = fixed((GIVING % given).encode())
    assert made.left == ()
    assert made.fixed[Code.EXTRA_PARAMETER] == 3
    declared = "        - name: title\n          in: body\n        - name: by\n"
    assert declared in made.content.decode()
    assert "title: rest.title  # its own" in made.content.decode()


@pytest.mark.parametrize(
    "data", ["{isbn: '{{isbn}}'}", "\n            isbn: '{{isbn}}'  # thirteen digits"]
)
def test_members_that_calls_add_to_a_body_join_its_template(data: str) -> None:
    body = f"        body:\n          type: json\n          data: {data}\n"
    text = GIVING % "\n        with: {isbn: 1, first: rest.first}"
    made = fixed(text.replace("  exposes:", f"{body}  exposes:").encode())
    assert made.left == ()
    added = made.content.decode().split("data:")[1].split("exposes:")[0]
    assert added.index("'{{isbn}}'") < added.index("'{{first}}'")
    assert added.index("'{{first}}'") < added.index("'{{title}}'")


@pytest.mark.parametrize(
    ("given", "official"),
    [
        (
            "        with:\n"
            "          # As printed.\n"
            "          title: rest.title  # its own\n"
            "          lang: rest.lang\n"
            "\n"
            "          by: {name: me}\n",
            "        with:\n"
            "          lang: rest.lang\n"
            "          body:\n"
            "            # As printed.\n"
            "            title: rest.title  # its own\n"
            "\n"
            "            by: {name: me}\n",
        ),
        (
            "        with: {lang: rest.lang, title: rest.title, by: {name: me}}\n",
            "        with: {lang: rest.lang, "
            "body: {title: rest.title, by: {name: me}}}\n",
        ),
        (
            "        with: {title: rest.title, lang: rest.lang, by: 'a, b'}\n",
            "        with: {lang: rest.lang, body: {title: rest.title, by: 'a, b'}}\n",
        ),
        (
            "        with: {lang: rest.lang}\n",
            "        with: {lang: rest.lang, body: {title: rest.title}}\n",
        ),
        ("", "        with:\n          body:\n            title: rest.title\n"),
    ],
    ids=["lines", "braces", "an order", "an input of its own", "no with"],
)
def test_members_are_a_body_where_another_call_gives_all_of_it(
    given: str, official: str
) -> None:
    inputs = "        inputParameters:\n        - {name: title, in: body}\n"
    route = "        call: library.add\n"
    text = WRITING.replace(route, inputs + given + route, 1).replace(
        "        # Whatever",
        "        inputParameters: [{name: lang, in: query}]\n        # Whatever",
    )
    made = fixed(text.encode())
    assert made.left == ()
    assert made.fixed[Code.EXTRA_PARAMETER] >= 1
    assert official in made.content.decode()
    assert package(meaning(made.content)) == package(meaning(text.encode()))


STRUCTURED = """\
        inputParameters:
        # Of everything.
        - name: lang
          in: query
        # As the author has it.
        - name: book
          in: body
          type: object
          description: What is added.
          properties:
            title: {type: string, description: As printed.}
          value:
            # On the cover.
            title: '{{tools.title}}'
            tags: [new, '{{tools.tag}}']
        - {name: by, in: body, value: '{{tools.by}}'}
        - {name: note, in: body}
"""


def test_a_structure_becomes_a_part_of_the_template() -> None:
    text = WRITING.replace("  exposes:", f"{STRUCTURED}  exposes:")
    made = fixed(text.encode())
    assert made.left == ()
    assert made.fixed[Code.STRUCTURED_VALUE] == 1
    assert """\
        inputParameters:
        # Of everything.
        - name: lang
          in: query
        - name: title
          in: body
        - name: by
          in: body
        - {name: note, in: body}
        - name: tag
          in: body
        body:
          type: json
          data:
            # As the author has it.
            # What is added.
            book:
              # On the cover.
              title: '{{tools.title}}'
              tags: [new, '{{tools.tag}}']
            by: '{{tools.by}}'
            note: '{{note}}'
  exposes:
""" in made.content.decode()
    assert package(meaning(made.content)) == package(meaning(text.encode()))


def test_a_structure_that_is_all_of_a_body_becomes_the_template() -> None:
    inputs = """\
        inputParameters:
        - name: body
          in: body
          value:
          - by: '{{tools.by}}'
"""
    text = WRITING.replace("  exposes:", f"{inputs}  exposes:")
    made = fixed(text.encode())
    assert made.left == ()
    assert """\
        inputParameters:
        - name: by
          in: body
        body:
          type: json
          data:
            - by: '{{tools.by}}'
""" in made.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "# As the author has it.\n          type: object\n          value: {a: 1}",
        "type: object\n          value: {a: 1}  # As the author has it.",
        "type: object\n          value: {a: 1,\n            b: 2}",
        "type: object\n          properties: {a: {description: One}}\n"
        "          value: {a: 1}",
    ],
    ids=["a comment", "a comment behind it", "several lines", "a description"],
)
def test_a_structure_is_left_where_something_would_be_lost(typed: str) -> None:
    inputs = f"        inputParameters:\n        - name: book\n          {typed}\n"
    inputs = inputs.replace("name: book\n", "name: book\n          in: body\n")
    text = WRITING.replace("  exposes:", f"{inputs}  exposes:")
    made = fixed(text.encode())
    assert Code.STRUCTURED_VALUE in counted(made.left)


def test_what_calls_give_a_read_beyond_its_parameters_is_declared() -> None:
    given = GIVING % "\n        with: {title: rest.title}"
    made = fixed(given.replace("POST", "GET").encode())
    assert made.left == ()
    assert "        - name: title\n          in: query\n" in made.content.decode()


@pytest.mark.parametrize("unit", ["lines", "braces"])
def test_what_one_call_gives_stays_its_own(unit: str) -> None:
    given = (GIVING % "").replace("POST", "GET")
    route = "      - method: GET\n        name: add\n        call: library.add\n"
    assert route in given
    braces = "      - {method: GET, name: add, call: library.add}\n"
    text = given.replace(route, braces) if unit == "braces" else given
    made = fixed(text.encode())
    assert made.left == ()
    assert package(meaning(made.content)) == package(meaning(text.encode()))
    new = {
        "lines": "        inputParameters: []\n        call: library.add\n",
        "braces": "{method: GET, name: add, inputParameters: [], call: library.add}\n",
    }
    assert new[unit] in made.content.decode()


def test_a_resource_is_torn_apart_where_its_paths_part() -> None:
    content = b"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: library
    baseUri: https://library.example.org
    resources:
    - name: books
      path: /books?lang=de
      operations:
      - name: list
        method: GET
      # One of them.
      - name: get
        method: GET
        inputParameters:
        - name: id
          in: path
      - name: delete
        method: DELETE
        inputParameters:
        - name: id
          in: path
  exposes:
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - {name: list, description: List, call: library.list}
    - name: get
      description: Get
      call: library.get
      inputParameters:
      - {name: id, type: string, description: Its number, required: true}
      with: {id: mcp.id}
    - name: delete
      description: Delete
      call: library.delete
      inputParameters:
      - {name: id, type: string, description: Its number, required: true}
      with: {id: mcp.id}
"""
    made = fixed(content)
    assert made.left == ()
    guarded = {Code.UNGUARDED_OPERATION}
    assert set(made.fixed) == {Code.PATH_QUERY, Code.PATH_FROM_VERB} | guarded
    assert b"""\
    - name: books
      path: /books
      inputParameters:
      - name: lang
        in: query
        value: de
      operations:
      - name: list
        method: GET
    - path: /books/{{id}}
      name: books-2
      inputParameters:
      - name: lang
        in: query
        value: de
      operations:
      # One of them.
      - name: get
""" in made.content


def test_operations_with_paths_of_their_own_get_resources() -> None:
    text = dedent(LIBRARY).replace("'/books/{id}'", "'/books/'")
    text = text.replace("method: GET", "method: GET\n        path: '/{id}'")
    made = fixed(text.encode())
    assert made.left == ()
    assert made.fixed[Code.OPERATION_PATH] == 1
    assert b"path: '/books/{{id}}'\n" in made.content
    assert b"/{id}'" not in made.content


def test_an_argument_that_only_looks_like_the_parameter_keeps_its_name() -> None:
    text = dedent(LIBRARY).replace(
        "- name: id", "- {name: $top, in: query}\n        - name: id"
    )
    text = text.replace("{id: tools.id}", "{id: tools.id, $top: tools.top}")
    made = fixed(text.encode())
    assert made.left == ()
    assert b"- name: top\n        type: string\n" in made.content


def test_an_input_in_a_list_of_with_is_declared() -> None:
    text = dedent(LIBRARY).replace(
        "- name: id", "- {name: ids, in: query}\n        - name: id"
    )
    text = text.replace(
        "{id: tools.id}", "\n        id: tools.id\n        ids:\n        - tools.one"
    )
    made = fixed(text.encode())
    assert made.left == ()
    assert b"- name: one\n" in made.content


def test_a_route_says_that_it_does_not_require_what_a_tool_does() -> None:
    content = b"""\
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
      - name: list
        method: GET
        inputParameters:
        - name: lang
          in: query
  exposes:
  - type: rest
    namespace: rest
    port: 8081
    resources:
    - path: /books
      operations:
      - method: GET
        name: list
        call: library.list
        with: {lang: rest.lang}
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - name: list
      description: List books
      call: library.list
      inputParameters:
      - {name: lang, type: string, description: Their language}
"""
    made = fixed(content)
    assert made.left == ()
    assert b"          required: false\n        with: {lang" in made.content


def test_a_variable_that_nothing_binds_is_bound() -> None:
    text = dedent(LIBRARY).replace("{{KEY}}", "{{OTHER}}").replace("KEY: ", "A: ")
    bound = fixed(text.encode())
    assert b"keys: {A: LIBRARY_KEY, OTHER: OTHER}" in bound.content
    start, _, end = text.partition("binds:\n")
    unbound = start + end[end.index("capability:") :]
    made = fixed(unbound.encode())
    assert made.left == ()
    assert (
        b"binds:\n- namespace: env\n  keys:\n    OTHER: OTHER\ncapability:"
        in made.content
    )


@pytest.mark.parametrize(
    ("written", "official", "bound"),
    [
        (
            "https://{zone}.{area}.example",
            "https://{{LIBRARY_ZONE}}.{{LIBRARY_AREA}}.example",
            "LIBRARY_ZONE: LIBRARY_ZONE, LIBRARY_AREA: LIBRARY_AREA",
        ),
        ("https://${ZONE}.example", "https://{{ZONE}}.example", "ZONE: ZONE"),
        (
            "https://{PLACE}.example/{{env.PLACE}}",
            "https://{{PLACE}}.example/{{env.PLACE}}",
            None,
        ),
    ],
    ids=["settings", "a shell's", "bound already"],
)
def test_variables_of_a_base_uri_are_bound(
    written: str, official: str, bound: str | None
) -> None:
    """They are asked for under the same names, in the same order."""
    keys = "PLACE: LIBRARY_PLACE, KEY: LIBRARY_KEY"
    text = dedent(LIBRARY).replace("KEY: LIBRARY_KEY", keys)
    content = text.replace("https://library.example.org", f'"{written}"').encode()
    made = fixed(content)
    assert f'"{official}"'.encode() in made.content
    expected = f"{keys}, {bound}" if bound else keys
    assert f"keys: {{{expected}}}".encode() in made.content
    assert not {Code.BASE_URI_VARIABLE, Code.IMPLICIT_VARIABLE} & set(
        counted(made.left)
    )
    assert package(meaning(made.content)) == package(meaning(content))


def test_a_credential_says_which_variables_it_needs() -> None:
    held = '    type: bearer\n          value: "{{KEY}}"\n          placement: header\n'
    assert held in LIBRARY
    content = library(LIBRARY.replace(held, "    type: basic\n"))
    made = fixed(content)
    assert yaml.safe_load(made.content)["capability"]["consumes"][0][
        "authentication"
    ] == {
        "type": "basic",
        "username": "{{LIBRARY_USERNAME}}",
        "password": "{{LIBRARY_PASSWORD}}",
    }
    assert set(counted(made.left)) == {Code.UNUSED_BINDING}
    assert package(meaning(made.content)) == package(meaning(content))


def test_outputs_with_names_become_properties() -> None:
    text = dedent(LIBRARY).replace(
        "      - type: object\n        mapping: $.\n",
        "      # The book.\n"
        "      - name: title\n"
        "        # As printed.\n"
        "        type: string\n"
        "        description: |\n"
        "          Its title.\n"
        "\n"
        "            It isn't the author's.\n"
        "        mapping: $.title\n"
        "      - {name: year, type: integer,\n"
        "         mapping: $.year}\n"
        "      # Of the author.\n"
        "      - name: 'no'\n"
        "        type: string\n"
        "        mapping: $.no\n",
    )
    made = fixed(text.encode())
    assert made.content.decode().endswith("""\
      outputParameters:
      # The book.
      - type: object
        properties:
          title:
            # As printed.
            type: string
            description: |
              Its title.

                It isn't the author's.
            mapping: $.title
          year: {type: integer,
             mapping: $.year}
          # Of the author.
          'no':
            type: string
            mapping: $.no
""")
    assert made.left == ()
    assert package(meaning(made.content)) == package(meaning(text.encode()))


@pytest.mark.parametrize(
    ("typed", "official"),
    [
        (
            "\n- type: string\n  # As printed.\n  name: title\n\n  mapping: $.title\n"
            "- {mapping: $.year, type: integer, name: year}\n",
            "\n- type: object\n  properties:\n    title:\n      type: string\n"
            "      # As printed.\n\n      mapping: $.title\n"
            "    year: {mapping: $.year, type: integer}\n",
        ),
        (
            " [{name: title, type: string, mapping: $.title},"
            " {type: integer, name: year, mapping: $.year}]\n",
            " [{type: object, properties: {title: {type: string, mapping: $.title},"
            " year: {type: integer, mapping: $.year}}}]\n",
        ),
    ],
    ids=["lines", "brackets"],
)
def test_outputs_may_have_their_names_anywhere(typed: str, official: str) -> None:
    before, _, _ = dedent(LIBRARY).partition("\n      - type: object\n")
    text = before + (indent(typed, " " * 6) if typed.startswith("\n") else typed)
    made = fixed(text.encode())
    assert made.left == ()
    assert made.content.decode().endswith(indent(official, " " * 6).lstrip(" "))
    assert package(meaning(made.content)) == package(meaning(text.encode()))


def test_outputs_are_left_where_a_comment_would_be_lost() -> None:
    text = dedent(LIBRARY).replace(
        "      - type: object\n        mapping: $.\n",
        "      - name: title  # as printed\n"
        "        type: string\n"
        "        mapping: $.title\n",
    )
    made = fixed(text.encode())
    assert b"- name: title  # as printed" in made.content
    assert set(counted(made.left)) == {Code.NAMED_OUTPUTS}


def test_metadata_is_deleted_at_the_end_of_braces() -> None:
    written = (
        "        - name: id\n          in: path\n          type: integer\n"
        '          description: "Its number: on the back"\n'
    )
    text = dedent(LIBRARY)
    assert written in text
    inside = "- {name: id, type: integer, in: path, description: 'Item#, as printed'}"
    made = fixed(text.replace(written, f"        {inside}\n").encode())
    assert b"- {name: id, in: path}\n" in made.content
    assert made.left == ()


def test_what_has_no_meaning_becomes_a_comment() -> None:
    text = dedent(LIBRARY).replace(
        "info: {title: B\u00fccherei}   # as on the door",
        "info:\n  label: L\n  personas:\n  # Whoever reads\n  - reader\n\n  tags: [a]",
    )
    made = fixed(text.encode())
    assert made.left == ()
    assert (
        b"info:\n  label: L\n  # personas:\n  # Whoever reads\n  # - reader\n\n  tags"
        in made.content
    )


def test_hints_claim_no_more_than_the_method_allows() -> None:
    """It's the only fix that changes the package, and it changes nothing else."""
    hints = "      hints: {readOnly: true, destructive: false, openWorld: true}\n"
    text = dedent(LIBRARY).replace("method: GET", "method: DELETE")
    text = text.replace("      call: library", f"{hints}      call: library")
    made = fixed(text.encode())
    assert made.left == ()
    assert b"{readOnly: false, destructive: true, openWorld: true}" in made.content
    assert_same_but_for_hints(text.encode(), made.content)


def test_what_is_said_to_read_only_can_not_be_repeated_either() -> None:
    hints = "      hints: {readOnly: true, idempotent: true}\n"
    text = dedent(LIBRARY).replace("method: GET", "method: PATCH")
    text = text.replace("      call: library", f"{hints}      call: library")
    made = fixed(text.encode())
    assert Code.UNSAFE_HINT not in counted(made.left)
    assert b"{readOnly: false, idempotent: false}" in made.content
    assert_same_but_for_hints(text.encode(), made.content)


def assert_same_but_for_hints(content: bytes, new: bytes) -> None:
    before, after = meaning(content), meaning(new)
    assert package(before) != package(after)
    assert package(before, with_hints=False) == package(after, with_hints=False)


def test_mappings_of_inputs_become_arguments_of_the_call() -> None:
    content = b"""\
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
      - name: add
        method: POST
        inputParameters:
        - {name: title, in: body}
        - {name: lang, in: query}
  exposes:
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - name: add
      description: Add a book
      call: library.add
      inputParameters:
      - name: called
        type: string
        required: true
        mapping: $.body.title  # as printed
      - {name: tongue, mapping: $.query.lang, type: string, required: false}
"""
    made = fixed(content.replace(b"  # as printed", b""))
    assert made.left == ()
    assert b"""
      with:
        title: mcp.called
        lang: mcp.tongue
      call: library.add
      inputParameters:
      - name: called
        type: string
        required: true
      - {name: tongue, type: string, required: false}
""" in made.content
    assert b"# as printed" in fixed(content).content


def test_a_skill_refers_to_the_tool_that_makes_its_call() -> None:
    skill = """\
  - type: skill
    namespace: skills
    port: 8082
    skills:
    - name: reading
      description: Read books
      tools:
      - name: look
        description: Look it up
        call: library.get
        hints: {readOnly: true}
"""
    hints = "      hints: {readOnly: true}\n      call: library.get"
    text = dedent(LIBRARY).replace("      call: library.get", hints) + skill
    made = fixed(text.encode())
    assert made.left == ()
    assert made.content.decode().endswith("""\
        description: Look it up
        from:
          sourceNamespace: mcp
          action: get-book
""")


@pytest.mark.parametrize(
    ("body", "official"),
    [
        (
            "type: text\ndata:\n  note: '{{note}}'  # as written\n",
            "type: text\ndata: '{{note}}'  # as written\n",
        ),
        (
            "type: xml\ndata: {a: '<a>{{note}}</a>'}\n",
            "type: xml\ndata: '<a>{{note}}</a>'\n",
        ),
        (
            "type: text\ndata:\n  note: |\n    Of {{note}}:\n",
            "type: text\ndata: |\n    Of {{note}}:\n",
        ),
        ("{type: text, data: {a: '{{note}}'}}\n", "{type: text, data: '{{note}}'}\n"),
        (
            "type: multipartForm\ndata:\n  # To all.\n  on: '{{note}}'\n"
            "  coverImage: '{{note}}'   # a scan\n",
            "type: multipartForm\ndata:\n  # To all.\n"
            "  - name: 'on'\n    value: '{{note}}'\n"
            "  - name: coverImage\n    filename: coverImage\n"
            "    value: '{{note}}'   # a scan\n",
        ),
        (
            "type: multipartForm\ndata: {a: '{{note}}', file: '{{note}}'}\n",
            "type: multipartForm\ndata: [{name: a, value: '{{note}}'}, "
            "{name: file, filename: file, value: '{{note}}'}]\n",
        ),
    ],
    ids=["text", "braces", "block", "all braces", "parts", "parts in braces"],
)
def test_fields_that_a_body_has_not_are_written_as_what_they_are(
    body: str, official: str
) -> None:
    def noting(typed: str) -> bytes:
        lead = " " * 10
        return (
            dedent(LIBRARY)
            .replace(
                "method: GET\n", f"method: PUT\n{' ' * 8}body:\n{indent(typed, lead)}"
            )
            .replace("with: {id: tools.id}", "with: {id: tools.id, note: tools.note}")
            .replace(
                "        inputParameters:\n",
                "        inputParameters:\n        - {name: note, in: body}\n",
            )
            .encode()
        )

    made = fixed(noting(body))
    assert indent(official, " " * 10) in made.content.decode()
    assert made.left == ()
    assert package(meaning(made.content)) == package(meaning(noting(body)))


def test_skills_and_their_tools_say_what_they_are_described_as() -> None:
    """A skill and its tool have one name, and descriptions of their own."""
    skill = """\
  - type: skill
    namespace: skills
    port: 8082
    skills:
    - name: get-book
      tools:
      - {name: get-book, from: {sourceNamespace: mcp, action: get-book}}
"""
    text = dedent(LIBRARY).replace("Get a book", "What the shelf holds") + skill
    made = fixed(text.encode())
    assert made.left == ()
    source = "from: {sourceNamespace: mcp, action: get-book}"
    assert made.content.decode().endswith(f"""\
    - name: get-book
      description: Get book
      tools:
      - {{name: get-book, description: What the shelf holds, {source}}}
""")
    assert package(meaning(made.content)) == package(meaning(text.encode()))


def test_extensions_are_acknowledged() -> None:
    content = """\
    naftiko: 1.0.0-alpha2
    binds:
    - namespace: env
      keys: {ID: LIBRARY_ID, KEY: LIBRARY_KEY}
    capability:
      consumes:
      - type: http
        namespace: library
        baseUri: https://library.example.org
        authentication: {type: hmac, apiId: '{{ID}}', apiKey: '{{KEY}}'}
        resources:
        - {name: books, path: /books, operations: [{name: list, method: GET}]}
      exposes:
      - description: Books   # of the library
        type: rest
        namespace: rest
        port: 8080
        resources:
        - path: /books
          operations:
          - method: GET
            call: library.list
            outputParameters:
            - type: array
              # As it comes.
              mapping: $.books
            - type: object
              properties: {}
    """
    made = fixed(library(content))
    lines = made.content.decode().splitlines()
    pragma = "# naftiko-gen: extension"
    added = [lines[n + 1].strip() for n, line in enumerate(lines) if pragma in line]
    assert added == [
        "authentication: {type: hmac, apiId: '{{ID}}', apiKey: '{{KEY}}'}",
        "- description: Books   # of the library",
        "- type: array",
    ]
    assert [line for line in lines if pragma not in line] == (
        library(content).decode().splitlines()
    )
    # An omitted output can't be intended.
    assert Code.IGNORED_OUTPUT in counted(made.left)
    assert not EXTENSIONS & set(counted(made.left))
    assert package(meaning(made.content)) == package(meaning(library(content)))
    assert fixed(made.content).content == made.content


def test_the_page_says_of_every_assumption_whether_it_can_be_written() -> None:
    page = (ROOT / "docs" / "fix.md").read_text("utf-8")
    before, left = page.split("## Codes that `fix` leaves alone")
    written, meant = before.split("## Acknowledged extensions")
    can = {code for code, _ in STEPS}
    for code in Code:
        if code.severity is not Severity.ERROR:
            in_vain = code not in can | EXTENSIONS
            assert (f"`{code.slug}`" in written) == (code in can), code.slug
            assert (f"`{code.slug}`" in meant) == (code in EXTENSIONS), code.slug
            assert (f"`{code.slug}`" in left) == in_vain, code.slug


def test_notes_that_are_never_written_are_known() -> None:
    can = {code for code, _ in STEPS} | EXTENSIONS

    notes = {code for code in Code if code.severity is Severity.NOTE}
    assert notes - can == NEVER_FIXED


# --- the command -----------------------------------------------------------------


def test_the_difference_of_a_real_spec(
    golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["fix", "specs/training-runs.yaml", "--diff"]
    assert main.main(arguments) == Exit.FAILED
    printed = capsys.readouterr()
    golden.check(ROOT / "tests/unit/fixed/diff.txt", printed.out.encode())
    golden.check(ROOT / "tests/unit/fixed/left.txt", printed.err.encode())


def test_a_spec_is_written_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(library())
    spec.chmod(0o640)
    assert main.main(["fix", str(spec), "--diff"]) == Exit.FAILED
    assert spec.read_bytes() == library()
    assert main.main(["fix", str(spec)]) == Exit.DONE
    assert spec.read_bytes() == fixed(library()).content
    assert stat.S_IMODE(spec.stat().st_mode) == 0o640
    written = spec.stat().st_mtime_ns
    capsys.readouterr()
    assert main.main(["fix", str(spec), "--diff"]) == Exit.DONE
    assert main.main(["fix", str(spec)]) == Exit.DONE
    note, *rest = capsys.readouterr().err.splitlines()
    assert "note[missing-version]" in note
    assert rest == [f"{spec}: nothing to fix, 1 left", note, rest[0]]
    assert spec.stat().st_mtime_ns == written
    assert list(tmp_path.iterdir()) == [spec]


def test_a_wrong_spec_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, right = tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    content = library(LIBRARY.replace("call: library.get", "call: library.got"))
    wrong.write_bytes(content)
    right.write_bytes(library())
    assert main.main(["fix", str(wrong), str(right)]) == Exit.FAILED
    assert wrong.read_bytes() == content
    assert right.read_bytes() == fixed(library()).content
    said = capsys.readouterr().err
    assert "error[unknown-operation]" in said
    assert f"{wrong}: 1 error, nothing fixed" in said


def test_a_link_to_a_spec_stays_one(tmp_path: Path) -> None:
    spec, link = tmp_path / "spec.yaml", tmp_path / "link.yaml"
    spec.write_bytes(library())
    link.symlink_to(spec)
    assert main.main(["fix", str(link)]) == Exit.DONE
    assert link.is_symlink()
    assert spec.read_bytes() == fixed(library()).content


def test_a_file_that_changes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_bytes(b"new")
    with pytest.raises(ReplacementError, match="changed meanwhile"):
        replace(spec, b"old", b"fixed")
    assert spec.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [spec]


def test_a_file_that_is_not_there_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["fix", str(tmp_path / "none.yaml")]) == Exit.FAILED
    assert "error[unreadable-file]" in capsys.readouterr().err
