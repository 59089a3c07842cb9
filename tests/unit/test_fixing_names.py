"""`naftiko-gen fix`: names, routes, duplicates and redundant keys."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import fixed_documents
import pytest
from fixed_documents import read

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package

if TYPE_CHECKING:
    from naftiko_gen.tools.fix import repair

GET = """\
- name: get
  method: GET
"""
CONSUMED = f"""\
- name: books
  path: /books
  operations:
{indent(GET, "  ")}"""
ROUTE = """\
- path: /books
  name: books
  operations:
  - {method: GET, name: get, call: library.get}
"""


def document(
    *, consumed: str = CONSUMED, rest: str = "", tools: str = "", more: str = ""
) -> str:
    """Return a capability: its upstream's resources, its routes and its tools."""
    text = dedent("""\
        naftiko: 1.0.0-alpha2
        capability:
          consumes:
          - type: http
            namespace: library
            baseUri: https://library.example.org
            resources:
        """)
    text += indent(dedent(consumed), "    ") + indent(dedent(more), "  ")
    text += "  exposes:\n"
    if rest:
        text += "  - type: rest\n    namespace: rest\n    port: 8081\n    resources:\n"
        text += indent(dedent(rest), "    ")
    if tools:
        text += "  - type: mcp\n    namespace: mcp\n    port: 8080\n    tools:\n"
        text += indent(dedent(tools), "    ")
    return text


def fixed(text: str) -> repair.Repaired:
    """Fix a document, and show that its package is the same as well."""
    made = fixed_documents.fixed(text)
    assert package(made.content) == package(text.encode())
    return made


def package(content: bytes) -> dict[str, bytes]:
    found = read(content)
    assert found.meaning
    tree = Package(found.meaning.capability, Layout.PROJECT).tree()
    return {file.path: file.content for file in tree}


def written(text: str) -> str:
    """Return a document of which nothing is left to be said."""
    made = fixed(text)
    assert made.left == ()
    return made.content.decode()


def left(text: str) -> Counter[Code]:
    """Return the messages about a document that can't be fixed and stays unchanged."""
    made = fixed(text)
    assert made.content == text.encode()
    return Counter(one.code for one in made.left)


# --- names -----------------------------------------------------------------------


def test_later_tools_of_one_name_get_their_own() -> None:
    tool = "- {name: get, description: Get, call: library.get}\n"
    text = document(tools=tool + tool + tool.replace("name: get", "name: get-2"))
    assert [line.split(",")[0] for line in written(text).splitlines()[-3:]] == [
        "    - {name: get",
        "    - {name: get-3",
        "    - {name: get-2",
    ]


def test_later_routes_of_one_name_get_their_own_and_keep_their_description() -> None:
    later = ROUTE.replace("path: /books", "path: /volumes")
    text = document(rest=ROUTE + later)
    assert (
        "    - path: /volumes\n      name: books\n      operations:\n"
        "      - {method: GET, name: get-2, description: Get, call: library.get}\n"
    ) in written(text)


def test_later_routes_without_a_name_get_one() -> None:
    bare = "- path: {path}\n  operations:\n  - method: GET\n    call: library.get\n"
    text = document(
        rest=bare.replace("{path}", "/a") + bare.replace("{path}", "/b # as well")
    )
    assert written(text).endswith("""\
    - path: /b # as well
      operations:
      - method: GET
        description: Get
        name: get-2
        call: library.get
""")


def test_a_call_gets_the_namespace_that_was_found() -> None:
    text = document(rest=ROUTE.replace("library.get", "'books.get' "))
    assert "call: 'library.get' }" in written(text)


def test_the_second_block_of_a_namespace_is_called_like_its_upstream() -> None:
    second = """\
        - type: http
          namespace: library  # of films
          baseUri: https://films.example.org
          resources:
          - name: films
            path: /films
            operations:
            - name: watch
              method: GET
        """
    watch = "  - {method: POST, name: watch, call: library.watch}\n"
    text = document(rest=ROUTE + watch, more=second)
    made = written(text)
    assert "namespace: library-2  # of films" in made
    assert "call: library-2.watch" in made
    assert "call: library.get" in made


def test_a_second_block_that_nothing_calls_gets_its_name_as_well() -> None:
    second = """\
        - type: http
          namespace: 'library'
          baseUri: https://films.example.org
        """
    assert "namespace: 'library-2'\n" in written(document(rest=ROUTE, more=second))


def test_blocks_that_declare_one_operation_are_left() -> None:
    second = """\
        - type: http
          namespace: library
          baseUri: https://films.example.org
          resources:
          - name: films
            path: /films
            operations:
            - {name: watch, method: GET}
            - {name: get, method: GET}
        """
    watch = "  - {method: POST, name: watch, call: library.watch}\n"
    found = left(document(rest=ROUTE + watch, more=second))
    assert found == {Code.MERGED_NAMESPACE: 1, Code.DUPLICATE_OPERATION: 1}


def test_a_key_of_with_is_spelt_like_the_parameter() -> None:
    consumed = CONSUMED + "    inputParameters:\n    - {name: app_id, in: query}\n"
    tool = """\
        - name: get
          description: Get
          call: library.get
          inputParameters:
          - {name: app, type: string, description: Which, required: true}
          with:
            "appId": mcp.app
        """
    made = written(document(consumed=consumed, tools=tool))
    assert '        "app_id": mcp.app\n' in made


def test_a_key_that_yaml_takes_for_a_boolean_gets_quotes() -> None:
    consumed = CONSUMED + "    inputParameters:\n    - {name: 'on', in: query}\n"
    tool = """\
        - name: get
          description: Get
          call: library.get
          inputParameters:
          - {name: 'on', type: boolean, description: Whether, required: true}
          with: {true: mcp.on}
        """
    tool = tool.replace("mcp.on", "tools.on")
    assert "with: {'on': mcp.on}" in written(document(consumed=consumed, tools=tool))


# --- routes ----------------------------------------------------------------------


def test_a_route_that_is_taken_gets_the_path_that_it_has() -> None:
    rest = """\
        - path: /books
          name: books
          # Of both of them.
          description: Books
          operations:
          - method: GET
            name: get
            call: library.get
          # Once more.
          - method: GET
            name: again
            call: library.get
        """
    assert written(document(rest=rest)).endswith("""\
      - method: GET
        name: get
        call: library.get
    - path: /books/again
      name: books-2
      description: Books
      operations:
      # Once more.
      - method: GET
        name: again
        call: library.get
""")


def test_what_stands_behind_operations_moves_in_front_of_those_that_stay() -> None:
    rest = """\
        - operations:
          - call: library.get
            method: GET
            name: get
          - call: library.get
            method: GET
            name: again
          path: /books  # all of them
          description: |
            Books

            and more
        """
    assert left(document(rest=rest))[Code.DUPLICATE_ROUTE] == 1
    assert written(document(rest=rest.replace("  # all of them", ""))).endswith("""\
    - path: /books
      description: |
        Books

        and more
      operations:
      - call: library.get
        method: GET
        name: get
    - path: /books/again
      description: |
        Books

        and more
      operations:
      - call: library.get
        method: GET
        name: again
""")


def test_what_a_resource_says_first_is_repeated_as_well() -> None:
    rest = """\
        -   description: Books
            name: books
            operations:
            -   call: library.get
                method: GET
                name: get
            -   call: library.get
                method: GET
                name: again
            path: /books
        """
    assert written(document(rest=rest)).endswith("""\
    -   description: Books
        name: books
        path: /books
        operations:
        -   call: library.get
            method: GET
            name: get
    -   path: /books/again
        name: books-2
        description: Books
        operations:
        -   call: library.get
            method: GET
            name: again
""")


def test_a_resource_of_its_own_gets_the_path_that_it_has() -> None:
    made = written(document(rest=ROUTE + ROUTE.replace("name: get", "name: again")))
    assert made.count("- path: /books\n") == 1
    assert made.count("- path: /books/again\n") == 1


def test_a_variable_is_called_like_its_input() -> None:
    consumed = """\
        - name: book
          path: /books/{{book_id}}
          operations:
          - name: get
            method: GET
            inputParameters: [{name: book_id, in: path}]
        """
    rest = """\
        - path: "/books/{book-id}"  # one
          operations:
          - method: GET
            name: get
            call: library.get
            inputParameters: [{name: book_id, in: path, type: string}]
            with: {book_id: rest.book_id}
        """
    made = written(document(consumed=consumed, rest=rest))
    assert '- path: "/books/{book_id}"  # one\n' in made


def test_resources_stand_in_the_order_in_which_their_routes_are_tried() -> None:
    consumed = """\
        - name: books
          path: /books
          operations:
          - {name: get, method: GET, inputParameters: [{name: id, in: query}]}
        """
    variable = """\
        # Any book.
        - path: /books/{id}
          operations:
          - method: GET
            name: get
            call: library.get
            inputParameters: [{name: id, in: path, type: string}]
            with: {id: rest.id}
          - method: DELETE
            name: delete
            call: library.get
            inputParameters: [{name: id, in: path, type: string}]
            with: {id: rest.id}

        """
    others = """\
        - path: /books/{id}/pages
          operations:
          - method: GET
            name: pages
            call: library.get
            inputParameters: [{name: id, in: path, type: string}]
            with: {id: rest.id}
        # The newest.
        - path: /books/new
          operations:
          - {method: GET, name: new, call: library.get, with: {id: '0'}}
        """
    variable, others = dedent(variable), dedent(others)
    deeper, new = others.split("# The newest")
    text = document(consumed=consumed, rest=variable + others)
    same = document(
        consumed=consumed,
        rest="# The newest" + new + "\n" + variable.rstrip() + "\n" + deeper,
    )
    assert written(text) == same


def test_a_comment_between_resources_keeps_them_where_they_are() -> None:
    rest = """\
        - path: /books/{id}
          operations:
          - {method: GET, name: get, call: library.get}

        # --- more ---

        - path: /books/new
          operations:
          - {method: GET, name: new, call: library.get}
        """
    assert left(document(rest=rest))[Code.ROUTE_ORDER] == 1


# --- names that clients refuse ---------------------------------------------------

FILTERED = CONSUMED + """\
    inputParameters:
    - {name: 'filter[name]', in: query}
    - {name: $top, in: query}
"""


def test_an_argument_has_the_name_that_clients_know_it_by() -> None:
    tool = """\
        - name: get
          description: "Get them: all"
          call: library.get
          inputParameters:
          - {name: 'filter[name]', type: string, description: Like, required: true}
          - name: $top
            type: integer
            description: How many
            required: false
          with:
            filter[name]: mcp.filter[name]
        """
    assert written(document(consumed=FILTERED, tools=tool)).endswith("""\
    - name: get
      description: |-
        Get them: all

        `filter_name` is `filter[name]`; `top` is `$top`.
      call: library.get
      inputParameters:
      - {name: 'filter_name', type: string, description: Like, required: true}
      - name: top
        type: integer
        description: How many
        required: false
      with:
        filter[name]: mcp.filter_name
        '$top': mcp.top
""")


def test_arguments_that_nothing_declares_are_declared_as_clients_know_them() -> None:
    tool = "- {name: get, description: Get, call: library.get}\n"
    made = written(document(consumed=FILTERED, tools=tool))
    assert made.endswith("""\
    - name: get
      description: |-
        Get

        `filter_name` is `filter[name]`; `top` is `$top`.
      inputParameters:
      - name: filter_name
        type: string
        required: false
      - name: 'top'
        type: string
        required: false
      with:
        filter[name]: mcp.filter_name
        '$top': mcp.top
      call: library.get
""")


def test_an_argument_of_a_template_has_the_name_that_clients_know_it_by() -> None:
    tool = """\
        - name: get
          call: library.get
          with:
            filter[name]: "like {{tools.$text}}"
            $top: tools.$count
        """
    assert written(document(consumed=FILTERED, tools=tool)).endswith("""\
    - name: get
      description: |-
        Get

        `text` is `$text`; `count` is `$count`.
      call: library.get
      inputParameters:
      - name: 'text'
        type: string
        required: false
      - name: 'count'
        type: string
        required: false
      with:
        filter[name]: "like {{tools.text}}"
        $top: mcp.count
""")


def test_a_description_of_several_lines_says_what_clients_know() -> None:
    tool = """\
        - name: get
          description: >
            Get
            them
          # With this.
          call: library.get
        """
    assert """\
      description: |-
        Get them


        `filter_name` is `filter[name]`; `top` is `$top`.
      inputParameters:
""" in written(document(consumed=FILTERED, tools=tool))


def test_a_tool_has_the_name_that_clients_know_it_by_and_so_have_skills() -> None:
    tool = """\
        - name: get them
          description: Get
          call: library.get
        """
    skill = """\
  - type: skill
    namespace: skills
    skills:
    - name: reading
      description: Read
      tools:
      - name: look
        description: Look
        from: {sourceNamespace: mcp, action: get them}
"""
    made = written(document(tools=tool) + skill)
    assert "- name: get_them\n      description: |-\n        Get\n\n" in made
    assert "from: {sourceNamespace: mcp, action: get_them}" in made


def test_what_an_input_says_to_be_in_the_path_is_written_there() -> None:
    consumed = """\
        - name: books
          path: /books
          operations:
          - {name: list, method: GET}
          - name: fetch-book
            method: GET
        """
    tool = """\
        - name: fetch
          description: Fetch
          call: library.fetch-book
          inputParameters:
          - name: id
            type: integer
            description: Which
            required: true
            mapping: $.path.id
        """
    made = fixed(document(consumed=consumed, tools=tool))
    assert made.left == ()
    assert made.fixed == {
        Code.UNDECLARED_PATH_VARIABLE: 1,
        Code.PATH_FROM_VERB: 1,
        Code.INPUT_MAPPING: 1,
    }
    text = made.content.decode()
    assert (
        "    - path: /books/{{id}}\n      name: books-2\n      operations:\n"
        "      - name: fetch-book\n        method: GET\n"
        "        inputParameters:\n        - name: id\n          in: path\n"
    ) in text
    assert "      with:\n        id: mcp.id\n" in text


@pytest.mark.parametrize(("said", "place"), [("query", "query"), ("headers", "header")])
def test_what_an_input_says_to_be_elsewhere_is_written_as_well(
    said: str, place: str
) -> None:
    tool = f"""\
        - name: get
          description: Get
          call: library.get
          inputParameters:
          - {{mapping: {said}.X-A, name: a, description: Which, type: string}}
        """
    made = fixed(document(tools=tool))
    assert made.left == ()
    assert made.fixed == {Code.IMPLICIT_PARAMETER: 1, Code.INPUT_MAPPING: 1}
    assert f"- name: X-A\n          in: {place}\n" in made.content.decode()


def test_what_an_operation_declares_is_where_it_says() -> None:
    consumed = CONSUMED + "    inputParameters: [{name: id, in: query}]\n"
    tool = """\
        - name: get
          description: Get
          call: library.get
          inputParameters:
          - {mapping: $.path.id, name: id, description: Which, type: string}
        """
    made = fixed(document(consumed=consumed, tools=tool))
    assert made.left == ()
    assert set(made.fixed) == {Code.INPUT_MAPPING}


# --- skills ----------------------------------------------------------------------

TOOL = "- {name: get, description: Get, call: library.get}\n"


@pytest.mark.parametrize("indentation", ["", "  "])
def test_tools_of_an_adapter_of_skills_become_a_skill(indentation: str) -> None:
    skills = """\
  - type: skill
    namespace: clerk
    description: "Helps: you"
    tools:  # of its own
    # Looks it up.
    - name: look
      description: |
        Look

        it up
      from: {sourceNamespace: mcp, action: get}
"""
    start, tools = skills.split("    # Looks")
    tools = indent("    # Looks" + tools, indentation)
    made = written(document(tools=TOOL) + start + tools)
    assert made.endswith(
        indent(
            """\
- name: clerk
  description: 'Helps: you'
  tools:  # of its own
""" + indent(dedent(tools), f"{indentation}  "),
            f"{indentation}    ",
        )
    )
    assert '    description: "Helps: you"\n    skills:\n' in made


def test_what_skills_have_is_described() -> None:
    skills = """\
  - type: skill
    namespace: skills
    skills:
    - name: reading-books
      tools:
      - {name: get, from: {sourceNamespace: mcp, action: get}}
"""
    made = written(document(tools=TOOL) + skills)
    assert "- name: reading-books\n      description: Reading books\n" in made
    assert "- {name: get, description: Get, from:" in made


# --- redundant keys --------------------------------------------------------------


def test_nameless_parameters_become_comments() -> None:
    consumed = CONSUMED + """\
    inputParameters:
    # The first one.
    - name: ''
      # Where?
      in: query
    - {name: lang, in: query, value: de}

    - name: ""
      in: query
  - name: put
    method: PUT
    inputParameters:
    - name: ''
      in: path
    body: ''
"""
    rest = ROUTE + "  - {method: PUT, name: put, call: library.put}\n"
    assert """\
        inputParameters:
        # The first one.
        # - name: ''
          # Where?
        #   in: query
        - {name: lang, in: query, value: de}

        # - name: ""
        #   in: query
      - name: put
        method: PUT
        # inputParameters:
        # - name: ''
        #   in: path
        body: ''
""" in written(document(consumed=consumed, rest=rest))


def test_parameters_in_brackets_leave_them_to_become_comments() -> None:
    flow = (
        "    inputParameters: [{name: '', in: query}, {name: a, in: query, value: b}]\n"
    )
    single = "- name: put\n  method: PUT\n  inputParameters: [{name: '', in: body}]\n"
    consumed = CONSUMED + flow + indent(single + "  body: ''\n", "  ")
    rest = ROUTE + "  - {method: PUT, name: put, call: library.put}\n"
    made = written(document(consumed=consumed, rest=rest))
    assert (
        "        inputParameters:\n        # - {name: '', in: query}\n"
        "        - {name: a, in: query, value: b}\n"
    ) in made
    assert "        # inputParameters: [{name: '', in: body}]\n" in made


def test_what_has_no_meaning_leaves_brackets_to_become_a_comment() -> None:
    text = document(rest=ROUTE)
    start, rest = text.split("\n", 1)
    about = "info: {personas: [a], label: L, name: other}"
    made = written(f"{start}\n{about}\n{rest}")
    assert (
        "\ninfo:\n  # personas: [a]\n  label: L\n  # name: other\ncapability:" in made
    )


def test_what_holds_nothing_else_becomes_a_comment_as_a_whole() -> None:
    text = document(rest=ROUTE)
    start, rest = text.split("\n", 1)
    made = written(f"{start}\ninfo:\n  # Whoever reads\n  personas:\n  - a\n{rest}")
    assert "\n# info:\n  # Whoever reads\n#   personas:\n#   - a\ncapability:" in made


def test_what_is_given_to_a_redundant_header_becomes_a_comment_as_well() -> None:
    consumed = CONSUMED + """\
    inputParameters:
    - {name: Content-Length, in: header}
    - {name: lang, in: query}
"""
    tool = """\
        - name: get
          description: Get
          call: library.get
          with:
            Content-Length: mcp.size
            lang: de
        - name: get-them
          description: Get
          call: library.get
          inputParameters: [{name: lang, type: string, description: A}]
          with:
            Content-Length: mcp.size
        """
    made = written(document(consumed=consumed, tools=tool))
    assert "    # - {name: Content-Length, in: header}\n" in made
    assert "      with:\n        # Content-Length: mcp.size\n        lang: de\n" in made
    assert "      # with:\n      #   Content-Length: mcp.size\n" in made


def test_a_parameter_that_the_credential_is_becomes_a_comment() -> None:
    consumed = CONSUMED + "    inputParameters:\n    - {name: key, in: query}\n"
    text = document(
        consumed=consumed + "    - {name: lang, in: query, value: de}\n", rest=ROUTE
    )
    text = text.replace(
        "    resources:\n",
        "    authentication:\n"
        "      {type: apikey, key: key, value: '{{env.KEY}}', placement: query}\n"
        "    resources:\n",
        1,
    ).replace(
        "capability:\n", "binds: [{namespace: env, keys: {KEY: KEY}}]\ncapability:\n"
    )
    assert "        # - {name: key, in: query}\n" in written(text)


def test_an_operation_that_is_repeated_word_for_word_becomes_a_comment() -> None:
    made = written(document(consumed=CONSUMED + indent(GET, "  "), rest=ROUTE))
    assert made.count("      - name: get\n        method: GET\n") == 1
    assert "      # - name: get\n      #   method: GET\n" in made


def test_an_operation_of_one_name_that_lies_elsewhere_is_left() -> None:
    consumed = CONSUMED + CONSUMED.replace("books", "films")
    assert left(document(consumed=consumed, rest=ROUTE)) == {
        Code.DUPLICATE_OPERATION: 1
    }


# --- inputs and parameters -------------------------------------------------------


TWO = """\
- name: books
  path: /books
  operations:
  - name: get
    method: GET
    inputParameters:
    - {name: page_size, in: query}
    - {name: sort-by, in: query}
"""


@pytest.mark.parametrize(
    ("given", "official"),
    [
        ("", "with:\n        page_size: mcp.pageSize\n        sort-by: mcp.sortBy\n"),
        (
            "  with: {sort-by: mcp.sortBy}\n",
            "with: {sort-by: mcp.sortBy, page_size: mcp.pageSize}\n",
        ),
    ],
    ids=["both", "one"],
)
def test_inputs_that_are_spelt_otherwise_are_given_by_name(
    given: str, official: str
) -> None:
    tool = f"""\
- name: get
  description: Get them
  inputParameters:
  - {{name: pageSize, type: integer, required: false, description: How many}}
  - {{name: sortBy, type: string, required: false, description: By what}}
{given}  call: library.get
"""
    made = fixed(document(consumed=TWO, tools=tool))
    assert made.left == ()
    assert official in made.content.decode()


def test_what_refers_to_a_place_refers_to_the_input() -> None:
    route = """\
- path: /books/{id}
  name: books
  operations:
  - method: GET
    name: get
    call: library.get
    with:
      id: $this.rest.path.id
      page_size: 'x{{query.size}}'
      sort-by: ['{{rest.query.sort}}', rest.query.then, path]
"""
    consumed = TWO.replace("path: /books", "path: '/books/{{id}}'")
    made = fixed(document(consumed=consumed, rest=route))
    assert made.left == ()
    assert """\
          id: '$this.rest.id'
          page_size: 'x{{size}}'
          sort-by: ['{{rest.sort}}', rest.then, path]
""" in made.content.decode()


@pytest.mark.parametrize(
    ("declared", "official"),
    [
        (
            "  inputParameters:\n  # The reader's.\n  - {name: as, in: query}\n",
            "  inputParameters:\n  - name: lang\n    in: query\n    value: de\n"
            "  # The reader's.\n  - {name: as, in: query}\n",
        ),
        (
            "  inputParameters: [{name: as, in: query}]\n",
            "  inputParameters: [{name: lang, in: query, value: de}, "
            "{name: as, in: query}]\n",
        ),
    ],
    ids=["lines", "brackets"],
)
def test_a_query_joins_what_a_resource_declares(declared: str, official: str) -> None:
    consumed = TWO.replace("path: /books\n", f"path: /books?lang=de\n{declared}")
    tool = "- {name: get, description: Get, call: library.get}\n"
    made = fixed(document(consumed=consumed, tools=tool))
    assert made.left == ()
    assert indent(official, "    ") in made.content.decode()


def test_a_query_joins_what_each_part_of_a_resource_declares() -> None:
    declared = "  inputParameters:\n  - {name: as, in: query}\n"
    one = """\
  - name: one
    method: GET
    inputParameters:
    - {name: id, in: path}
"""
    consumed = TWO.replace("path: /books\n", f"path: /books?lang=de\n{declared}") + one
    tools = (
        "- {name: get, description: Get, call: library.get}\n"
        "- {name: one, description: One, call: library.one}\n"
    )
    made = fixed(document(consumed=consumed, tools=tools))
    assert made.left == ()
    assert """\
    - path: /books/{{id}}
      name: books-2
      inputParameters:
      - name: lang
        in: query
        value: de
      - {name: as, in: query}
      operations:
      - name: one
""" in made.content.decode()


def test_what_is_acknowledged_is_repeated_where_a_resource_is_torn_apart() -> None:
    declared = "  inputParameters:\n  - {name: as, in: query, type: integer}\n"
    one = "  - name: one\n    method: GET\n    path: /one\n"
    consumed = TWO.replace("path: /books\n", f"path: /books\n{declared}") + one
    tools = (
        "- {name: get, description: Get, call: library.get, with: {as: 1}}\n"
        "- {name: one, description: One, call: library.one, with: {as: 1}}\n"
    )
    made = fixed(document(consumed=consumed, tools=tools))
    assert made.left == ()
    assert made.content.decode().count("# naftiko-gen: extension") == 2
    assert "    - path: /books/one\n" in made.content.decode()


def test_what_a_resource_declares_is_not_declared_again() -> None:
    consumed = """\
- name: books
  path: '/books/{{id}}'
  inputParameters:
  - {name: id, in: path, description: The shelf}
  operations:
  - name: get
    method: GET
    path: '/{page}'
"""
    tool = """\
- name: get
  description: Get it
  call: library.get
  with: {id: desk, page: mcp.page}
"""
    made = fixed(document(consumed=consumed, tools=tool))
    assert made.left == ()
    text = made.content.decode()
    assert text.count("name: id") == 1
    assert "        - name: page\n          in: path\n" in text
