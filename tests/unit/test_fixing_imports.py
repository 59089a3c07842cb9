"""`naftiko-gen fix` writes imports in the official spelling."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from fixed_documents import fixed

from naftiko_gen.diagnostics.codes import Code

if TYPE_CHECKING:
    from pathlib import Path

SHARED = """\
naftiko: 1.0.0-alpha2
consumes:
- type: http
  namespace: library
  baseUri: https://library.example.org
  resources:
  - name: books
    path: /books
    operations:
    - {name: get, method: GET}
"""
EXPOSES = """\
  exposes:
  - type: mcp
    namespace: mcp
    port: 8080
    tools:
    - {name: get, description: Get, call: library.get}
"""
OWN = """\
  - type: http
    namespace: films
    baseUri: https://films.example.org
    resources:
    - name: films
      path: /films
      operations:
      - {name: watch, method: GET}
"""
WATCH = "    - {name: watch, description: Watch, call: films.watch}\n"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Return the path of a document that has a file beside it."""
    (tmp_path / "shared.yaml").write_text(SHARED, "utf-8")
    other = SHARED.replace("namespace: library", "namespace: archive")
    (tmp_path / "other.yaml").write_text(other, "utf-8")
    return tmp_path / "spec.yaml"


def written(spec: Path, text: str) -> str:
    made = fixed(text, spec)
    assert made.left == ()
    return made.content.decode()


def test_a_list_becomes_the_first_thing_that_the_capability_consumes(
    spec: Path,
) -> None:
    text = f"""\
naftiko: 1.0.0-alpha2

# What others have:
imports:
  - url: shared.yaml  # beside this file
    # All of it.
    namespace: library

capability:
{EXPOSES}"""
    assert written(spec, text) == f"""\
naftiko: 1.0.0-alpha2

capability:
  consumes:
    # What others have:
    - location: shared.yaml  # beside this file
      # All of it.
      import: library
{EXPOSES}"""


def test_a_list_comes_in_front_of_what_is_consumed_already(spec: Path) -> None:
    text = f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  # Our own.
{OWN}{EXPOSES}{WATCH}import:
- from: shared.yaml
  import: library
"""
    assert written(spec, text) == f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - location: shared.yaml
    import: library
  # Our own.
{OWN}{EXPOSES}{WATCH}"""


@pytest.mark.parametrize(
    ("typed", "entry"),
    [
        ("imports: shared.yaml\n", "- {location: shared.yaml}"),
        ("imports: [shared.yaml]\n", "- {location: shared.yaml}"),
        ("imports:\n- shared.yaml\n", "- location: shared.yaml"),
        ("imports: {file: shared.yaml}\n", "- {location: shared.yaml}"),
        (
            "imports:\n  file: shared.yaml\n  name: library\n",
            "- location: shared.yaml\n    import: library",
        ),
    ],
)
def test_imports_in_any_shape_become_entries(
    spec: Path, typed: str, entry: str
) -> None:
    text = f"naftiko: 1.0.0-alpha2\n{typed}capability:\n{EXPOSES}"
    made = written(spec, text)
    start = "naftiko: 1.0.0-alpha2\ncapability:\n  consumes:\n"
    assert made == f"{start}  {entry}\n{EXPOSES}"


def test_a_list_in_the_capability_keeps_its_place(spec: Path) -> None:
    text = f"naftiko: 1.0.0-alpha2\ncapability:\n  imports: [shared.yaml]\n{EXPOSES}"
    made = written(spec, text)
    assert "  consumes: [{location: shared.yaml}]\n" in made


def test_lines_end_as_they_did(spec: Path) -> None:
    text = f"naftiko: 1.0.0-alpha2\nimports:\n- shared.yaml\ncapability:\n{EXPOSES}"
    made = written(spec, text.replace("\n", "\r\n"))
    assert made == written(spec, text).replace("\n", "\r\n")


def test_the_only_api_of_a_file_is_imported_under_another_name(spec: Path) -> None:
    text = f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - location: other.yaml
    namespace: 'library'  # to us
    description: Books
{EXPOSES}"""
    assert written(spec, text) == f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - location: other.yaml
    import: 'archive'  # to us
    as: library
    description: Books
{EXPOSES}"""


def test_an_import_that_has_another_name_already_keeps_it(spec: Path) -> None:
    text = f"""\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - {{location: other.yaml, name: the-library, as: library}}
{EXPOSES}"""
    made = written(spec, text)
    assert "  - {location: other.yaml, import: archive, as: library}\n" in made


def test_a_list_with_a_comment_on_its_line_is_left(spec: Path) -> None:
    text = f"""\
naftiko: 1.0.0-alpha2
imports:  # of what others have
- location: shared.yaml
capability:
{EXPOSES}"""
    made = fixed(text, spec)
    assert made.content == text.encode()
    assert Counter(one.code for one in made.left) == {Code.IMPORT_LIST: 1}


def test_what_stands_at_the_same_place_in_a_file_is_another_operation(
    spec: Path,
) -> None:
    deeper = "- path: more\n        name: watch\n        method: GET"
    own = OWN.replace("- {name: watch, method: GET}", deeper)
    text = f"naftiko: 1.0.0-alpha2\ncapability:\n  consumes:\n{own}"
    text += f"  - {{location: shared.yaml, import: library}}\n{EXPOSES}{WATCH}"
    before = text.partition("      - path: more")[0].count("\n")
    head, resource = SHARED.split("  - name: books\n")
    shifted = "".join(f"  {each}\n" for each in resource.splitlines())
    blank = "\n" * (before - head.count("\n") - 3)
    shared = f"{head}{blank}    - name: books\n{shifted}"
    (spec.parent / "shared.yaml").write_text(shared, "utf-8")
    assert shared.splitlines()[before] == "      - {name: get, method: GET}"
    assert fixed(text, spec).fixed[Code.OPERATION_PATH] == 1
