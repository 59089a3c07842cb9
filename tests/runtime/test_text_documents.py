"""Documents of XML and YAML."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from case_tables import in_table, table
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


@in_table
def test_other_documents_become_values_of_json(text: str, value: object) -> None:
    assert read(text) == value
    json.dumps(read(text), allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        *table(__file__, "beyond_the_limits"),
        LAUGHS,
        "[" * 5000 + "]" * 5000,
        "- " * 2000 + "x",
        b"\xff",
        "x" * (MOST_BYTES + 1),
        "[" + "1," * MOST + "]",
        "? " * 150 + "x",
        "9" * 5000,
        "0x" + "f" * 5000,
        "1" + ":59" * 500,
        "1" + ":59" * 300 + ".5",
        "- &a " + "x" * (MOST_BYTES // 2) + "\n- *a\n- *a\n",
        "- &a [" + "x" * (MOST_BYTES // 2) + "]\n- *a\n- *a\n",
        "".join(f"%TAG !t{n}! x\n" for n in range(200)) + "--- a",
    ],
    ids=lambda text: str(text[:12]),
)
@pytest.mark.slow
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
@pytest.mark.slow
def test_very_many_mappings_are_merged_in_time(text: str) -> None:
    assert read(text) == {f"k{n}": n for n in range(40_000)}


def test_earlier_mappings_win_over_later_ones_and_own_members_over_both() -> None:
    text = "<<: [{a: 1, b: 1, c: 1}, {a: 2, d: 2}]\n<<: {d: 3, e: 3}\nc: 4\n"
    assert read(text) == {"a": 1, "b": 1, "c": 4, "d": 2, "e": 3}
