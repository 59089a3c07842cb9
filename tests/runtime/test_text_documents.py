"""Documents of XML and YAML."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from naftiko_runtime.outputs import xml
from naftiko_runtime.outputs.yaml import MOST, MOST_BYTES, yaml_document
from naftiko_runtime.transport import Reply


def test_deep_documents_are_refused_at_their_first_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    depths = []
    decide = xml._is_child_of_root

    def record(path: list[object], name: str, value: object) -> bool:
        depths.append(len(path))
        return decide(path, name, value)

    monkeypatch.setattr(xml, "_is_child_of_root", record)
    body = b"<a>" * 2000 + b"</a>" * 2000
    with pytest.raises(ValueError, match="nested too deeply"):
        xml.xml_document(Reply(200, (), body))
    assert depths == [1999]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=10,
)
LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)


def read(text: str | bytes) -> object:
    body = text.encode() if isinstance(text, str) else text
    return yaml_document(Reply(200, (), body))


@given(DOCUMENTS)
def test_every_json_value_is_read(document: object) -> None:
    text = yaml.safe_dump(document)
    assert read(text) == yaml.safe_load(text) == document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 1\n---\nb: 2\n", {"a": 1}),
        ("[yes, off, 0x10, 1_000, ~, 2026-11-27, 1e3]", [1, 2]),
        ("a: &x {k: 1}\nb: *x\n", {"a": {"k": 1}, "b": {"k": 1}}),
        ("d: &d {a: 1, b: 2}\ne: {<<: *d, b: 3}\n", None),
        ("{1: a, true: b, null: c, 1.5: d}", None),
        ("a: 1\na: 2", {"a": 2}),
        ("a: !thing text\nb: !!str 1\nc: !!binary aGk=", None),
        ("!!python/object/apply:os.system ['exit 1']", ["exit 1"]),
    ],
)
def test_other_documents_become_values_of_json(text: str, value: object) -> None:
    expected = {
        "[yes": [True, False, 16, 1000, None, "2026-11-27", "1e3"],
        "d: &": {"d": {"a": 1, "b": 2}, "e": {"a": 1, "b": 3}},
        "{1: ": {"1": "a", "true": "b", "null": "c", "1.5": "d"},
        "a: !": {"a": "text", "b": "1", "c": "aGk="},
    }.get(text[:4], value)
    assert read(text) == expected
    json.dumps(read(text), allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: *b",
        "a: &a [*a]",
        LAUGHS,
        "[" * 5000 + "]" * 5000,
        "- " * 2000 + "x",
        "{[a]: b}",
        "<<: 1",
        ".nan",
        "[-.inf]",
        "!!int x",
        "!!float x",
        b"\xff",
        "x" * (MOST_BYTES + 1),
        "[" + "1," * MOST + "]",
        "? " * 150 + "x",
        "9" * 5000,
        "0x" + "f" * 5000,
        "1" + ":59" * 500,
        "1" + ":59" * 300 + ".5",
        "!!int ''",
        "!!float ''",
        "- &a " + "x" * (MOST_BYTES // 2) + "\n- *a\n- *a\n",
        "- &a [" + "x" * (MOST_BYTES // 2) + "]\n- *a\n- *a\n",
        "".join(f"%TAG !t{n}! x\n" for n in range(200)) + "--- a",
    ],
    ids=lambda text: str(text[:12]),
)
def test_documents_beyond_the_limits_are_refused(text: str | bytes) -> None:
    with pytest.raises((ValueError, UnicodeError), match=r"\S"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<<: {{k{n}: {n}}}\n" for n in range(40_000)),
        "<<: [" + ",".join(f"{{k{n}: {n}}}" for n in range(40_000)) + "]",
    ],
    ids=["keys", "list"],
)
def test_very_many_mappings_are_merged_in_time(text: str) -> None:
    assert read(text) == {f"k{n}": n for n in range(40_000)}


def test_earlier_mappings_win_over_later_ones_and_own_members_over_both() -> None:
    text = "<<: [{a: 1, b: 1, c: 1}, {a: 2, d: 2}]\n<<: {d: 3, e: 3}\nc: 4\n"
    assert read(text) == {"a": 1, "b": 1, "c": 4, "d": 2, "e": 3}
