"""Any text of a document is data in every file of its package."""

import os
import shlex
import sys
import tomllib
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import get_args

import pytest
from hostile_packages import (
    FRONT_MATTER,
    commands,
    emitted_files,
    errors_of,
    front_matter,
    shapes,
)
from hostile_specs import (
    Marker,
    Written,
    as_yaml,
    benign,
    everything,
    fill_markers,
    markers,
    write_document,
)
from hostile_texts import BLANK, FIELDS, LONG, PATHS, TEXTS, VALUES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from case_tables import table
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Plain
from naftiko_gen.dialects import normalise
from naftiko_gen.emit import files
from naftiko_gen.emit.plain_text import plain
from naftiko_gen.language import models
from naftiko_gen.language.models import Spec
from naftiko_gen.language.validation import validate
from naftiko_gen.syntax.reader import load

pytestmark = pytest.mark.long

DOCUMENT = everything()
MARKERS = markers(DOCUMENT)
NAMES = [marker for marker in MARKERS if marker.kind == "name"]
MORE = "NAFTIKO_HOSTILE_TEXTS"
"""Names how many documents of random texts are tried, 5 if it isn't there; others
each time."""

RESTRICTED = {"field": FIELDS, "value": VALUES, "path": PATHS}


@pytest.fixture(scope="module", autouse=True)
def _no_value_is_long() -> Iterator[None]:
    """Leave all values in modules: the shapes of these depend on lengths otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_LONGEST", sys.maxsize)
        yield


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return the shapes of the package of harmless texts."""
    directory = tmp_path_factory.mktemp("twin")
    return shapes(emitted_files(fill_markers(DOCUMENT, benign), directory))


def shorten(text: str) -> str:
    return ascii(text if len(text) < 40 else f"{text[:30]}… {len(text)}")


def is_prose(marker: Marker, text: str) -> bool:
    """Say whether a place takes a text as it is, and not as a template or a path."""
    is_plain = "{{" not in text and not text.startswith("$")
    match marker.kind:
        case "text":
            return True
        case "user":
            return is_plain and ":" not in text
        case kind:
            return kind == "template" and is_plain


def distinguish(marker: Marker, text: str) -> str:
    """Return a name of its own for a place, that begins or ends as the text does."""
    number = NAMES.index(marker)
    return f"{text} {number}" if number % 2 else f"{number} {text}"


def possible_names(number: int) -> dict[Marker, str]:
    """Return names like texts, by the places that take them.

    Which places do takes longer to find than all the rest. So only long runs try each
    text in each place; other runs try each one in some places, beside others.
    """
    if MORE in os.environ:
        return accept_names(dict.fromkeys(NAMES, TEXTS[number]))
    if number % 4:
        return {}
    texts = TEXTS[number:] + TEXTS[:number]
    return accept_names(dict(zip(NAMES, cycle(texts), strict=False)))


def accept_names(texts: dict[Marker, str]) -> dict[Marker, str]:
    """Return names like texts, of the places that take them; few of them take none."""
    names = {
        name: distinguish(name, text)
        for name, text in texts.items()
        # A template would read others.
        if "{" not in text and "}" not in text and text == text.strip()
    }
    usable = names
    while refusals := refusing(usable):
        usable = {name: text for name, text in usable.items() if name not in refusals}
    # Some stand in one template with a name that is refused.
    for name, text in names.items():
        if name not in usable and not refusing({**usable, name: text}):
            usable[name] = text
    return usable


def refusing(names: dict[Marker, str]) -> set[Marker]:
    """Return the places in front of the errors that names cause."""
    document = beside_benign(names)
    errors = errors_of(document.text)
    return {
        marker
        for error in errors
        if error.span
        for marker in document.markers_at(error.span) & names.keys()
    }


def beside_benign(texts: dict[Marker, str]) -> Written:
    """Return the document with texts in some places, and harmless ones elsewhere."""
    return write_document(DOCUMENT, lambda marker: texts.get(marker, benign(marker)))


@pytest.mark.parametrize("number", range(len(TEXTS)), ids=lambda n: shorten(TEXTS[n]))
def test_text_changes_nothing_but_literals(
    number: int, twin: dict[str, object], tmp_path: Path
) -> None:
    text = TEXTS[number]
    names = possible_names(number)

    def fill(marker: Marker) -> str:
        if marker in names:
            return names[marker]
        return text if is_prose(marker, text) else benign(marker)

    files = emitted_files(fill_markers(DOCUMENT, fill), tmp_path)

    assert different(shapes(files), twin) == []
    project = tomllib.loads(files["pyproject.toml"].decode())
    assert project["project"]["description"] == " ".join(text.split())
    [skill] = (files[path] for path in files if path.endswith("/SKILL.md"))
    check_skill(skill.decode(), text)


def different(first: dict[str, object], second: dict[str, object]) -> list[str]:
    """Return the files that don't have one shape, or aren't in both packages."""
    return sorted(
        path for path in {*first, *second} if first.get(path) != second.get(path)
    )


def check_skill(skill: str, text: str) -> None:
    """Check the texts that agents read first, and the commands that they may run."""
    header = front_matter(skill)
    assert list(header)[:2] == ["name", "description"]
    assert header.keys() <= FRONT_MATTER
    assert header["description"].startswith(" ".join(plain(text).split()).rstrip("."))
    assert [len(shlex.split(command)) for command in commands(skill)] == [2]


@pytest.mark.parametrize("text", BLANK, ids=shorten)
def test_blank_text_compiles(text: str, tmp_path: Path) -> None:
    files = emitted_files(
        fill_markers(DOCUMENT, lambda m: text if m.kind == "text" else benign(m)),
        tmp_path,
    )

    assert shapes(files)


@pytest.mark.parametrize("text", LONG, ids=shorten)
def test_long_text_changes_nothing_but_literals(
    text: str, twin: dict[str, object], tmp_path: Path
) -> None:
    places = [marker for marker in MARKERS if is_prose(marker, text)]
    # Each place takes one of them: all of them in all places would be 27 MB of text.
    # The first, which becomes a docstring, takes them all.
    long = [places[0], *places[LONG.index(text) :: len(LONG)]]

    files = emitted_files(
        fill_markers(DOCUMENT, lambda m: text if m in long else benign(m)), tmp_path
    )

    assert different(shapes(files), twin) == []


@given(st.data())
@settings(
    max_examples=int(os.environ.get(MORE, "5")),
    derandomize=MORE not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_text_changes_nothing_but_literals(
    twin: dict[str, object], tmp_path: Path, data: st.DataObject
) -> None:
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    pieces = st.one_of(st.sampled_from(TEXTS), st.text(characters))
    texts = data.draw(
        st.lists(
            pieces.map(lambda t: f"x{t}"), min_size=len(MARKERS), max_size=len(MARKERS)
        )
    )
    given_texts = dict(zip(MARKERS, texts, strict=True))

    files = emitted_files(
        fill_markers(
            DOCUMENT,
            lambda m: given_texts[m] if is_prose(m, given_texts[m]) else benign(m),
        ),
        tmp_path,
    )

    assert different(shapes(files), twin) == []


def some_texts(marker: Marker) -> Sequence[str]:
    """Return texts that a place may refuse; the next of its kind begins with the next.

    So places of each kind take all texts. That prose is accepted is shown by
    `test_text_changes_nothing_but_literals`, in all places at once.
    """
    alike = [other for other in MARKERS if other.kind == marker.kind]
    all_texts = RESTRICTED.get(marker.kind, TEXTS)
    number = alike.index(marker) % len(all_texts)
    if marker.kind in RESTRICTED or MORE in os.environ:
        return (*all_texts[number:], *all_texts[:number])
    texts = TEXTS[number :: min(len(alike), len(TEXTS))]
    return [text for text in texts if not is_prose(marker, text)]


CHOSEN = {marker: some_texts(marker) for marker in MARKERS}


@pytest.mark.parametrize("turn", range(max(map(len, CHOSEN.values()))))
def test_a_text_has_a_meaning_or_an_error(turn: int) -> None:
    """No text is too much for the compiler, and every error names its place."""
    check_errors({m: texts[turn] for m, texts in CHOSEN.items() if turn < len(texts)})


def check_errors(texts: dict[Marker, str]) -> None:
    """Check that texts have errors with places, and the others a meaning together.

    An error near several texts, or near none, doesn't tell which one is wrong.
    """
    document = beside_benign(texts)
    errors = errors_of(document.text)
    spans = [error.span for error in errors if error.span]
    assert len(spans) == len(errors), texts
    near = [document.markers_at(span) & texts.keys() for span in spans]
    wrong = {marker for markers in near if len(markers) == 1 for marker in markers}
    rest = {marker: text for marker, text in texts.items() if marker not in wrong}
    if wrong and rest:
        check_errors(rest)
    elif errors and len(rest) > 1:
        for half in (islice(rest, len(rest) // 2), islice(rest, len(rest) // 2, None)):
            check_errors({marker: texts[marker] for marker in half})


# --- that no text of the language is forgotten -------------------

ELSEWHERE = (
    *(models.Digest, models.Key, models.OAuth1, models.OAuth2, models.SigV4),
    *(models.Hmac, models.Certificate),
)
"""Credentials, which have tests of their own."""
NOT_FREE = table(__file__, "not_free") | {
    f"{model.__name__}.{name}": "in the tests of credentials"
    for model in ELSEWHERE
    for name in model.model_fields
    if name not in ("node", "type", "placement", "grant", "method")
}


def text_fields() -> set[str]:
    """Return the keys of the language whose values are texts."""
    return {
        f"{model.__name__}.{name}"
        for model in _models(Spec)
        for name, field in model.model_fields.items()
        if str in _parts(field.annotation)
    }


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    classes, todo = set[type[BaseModel]](), [model]
    while todo:
        model = todo.pop()
        if model not in classes:
            classes.add(model)
            # References to models defined later are resolved at the first use.
            model.model_rebuild()
            fields = model.model_fields.values()
            parts = [part for field in fields for part in _parts(field.annotation)]
            todo += [
                p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)
            ]
    return classes


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def filled_fields(value: object) -> Iterator[str]:
    """Yield the keys of a validated document that hold a marker."""
    match value:
        case BaseModel():
            for name in type(value).model_fields:
                inside = getattr(value, name)
                if name != "node" and markers(_plain(inside)):
                    yield f"{type(value).__name__}.{name}"
                yield from filled_fields(inside)
        case list():
            for item in value:
                yield from filled_fields(item)
        case dict():
            for item in value.values():
                yield from filled_fields(item)
        case _:
            pass


def _plain(value: object) -> Plain:
    """Return a text, or texts, of a model; nothing of the models inside."""
    match value:
        case str():
            return value
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return None


def test_every_text_of_the_language_is_filled() -> None:
    report = Report("everything.yaml")
    tree = load(as_yaml(DOCUMENT).encode(), report)
    canonical = normalise(tree, report, "things") if tree else None
    document = validate(canonical, report) if canonical else None

    assert document is not None, report.diagnostics
    assert text_fields() - set(filled_fields(document)) == set(NOT_FREE)
