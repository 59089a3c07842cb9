"""Strategies for calls of tools, plain and odd, and for the upstream's behaviour."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from hypothesis import strategies as st
from odd_requests import (
    LEGACY,
    MODERN,
    OTHERS,
    Draft,
    Members,
    Verbatim,
    other,
    plain,
    read,
)
from requests_and_answers import Ending, Request

from case_tables import named_table

PARTS = named_table(__file__, "request_strategies")
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "a/b", "..", "%2e%2e", "x" * 300, "é", "😀", "\0", "\r\n"]),
)
VALUES = ("7", "a%2Fb", "", "é", "x" * 9000)
"""Values of the variables in URIs of resources."""
NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**17, 10**40]),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(TEXTS, inner, max_size=3).map(lambda d: Members(d.items())),
    ),
    max_leaves=4,
)
NO_JSON = [
    *PARTS["no JSON"],
    *("[" * depth + "]" * depth for depth in (60, 150, 250, 600, 1100, 60000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (150, 250, 1100)),
    "9" * 4400,
]
KINDS: dict[str | None, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.one_of(st.integers(-(10**6), 10**6), st.integers()),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "array": st.lists(JSON, max_size=3),
    "object": st.dictionaries(TEXTS, JSON, max_size=3).map(
        lambda members: Members(members.items())
    ),
}

FIELDS: dict[str, list[str]] = PARTS["header fields"]
BODIES: list[Callable[[bytes], bytes]] = [
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: b" \r\n\t" + body + b"\n ",
    lambda body: body + b"x",
    lambda body: body + b"\0",
    lambda body: body + body,
    lambda body: body[:-1],
    lambda body: body[1:],
    lambda _: b"",
    lambda body: b"[" + body + b"]",
    lambda body: b"[" + body + b"," + body + b"]",
    lambda body: body.replace(b"call", b"c\xffll"),
    lambda body: body.replace(b'"2.0"', b'"2.\xc0\xb0"'),
    lambda body: body.replace(b"tools", b"\\u0074ools"),
    lambda body: body.decode().encode("utf-16"),
    lambda body: body.decode().encode("utf-32-le"),
    lambda body: body.replace(b'"', b"'"),
    lambda body: body + b" " * 1_000_000,
    lambda body: body + b" " * 4_200_000,
]


def likely_values(value: Any) -> Any:
    """Return a value of the table, or several, with objects as members."""
    match value:
        case dict():
            pairs = ((name, likely_values(inner)) for name, inner in value.items())
            return Members(pairs)
        case list():
            return [likely_values(item) for item in value]
        case _:
            return value


# A strategy that is made anew for every draw is slower than the draw.
REVISIONS = st.sampled_from([LEGACY, MODERN])
IDENTITIES = st.one_of(st.integers(0, 2**53), TEXTS)
NAMES_OF_FIELDS = st.sampled_from(sorted(FIELDS))
VALUES_OF_FIELDS = {name: st.sampled_from(values) for name, values in FIELDS.items()}
CHANGES_OF_FIELDS = st.sampled_from(["replaced", "replaced", "added", "spaced", "case"])
NAMES_OF_MEMBERS = st.one_of(st.sampled_from(PARTS["extra members"]), TEXTS)
ODD_VALUES = st.one_of(JSON, st.sampled_from(NO_JSON).map(Verbatim))
VALUES_OF_MEMBERS = {
    name: st.one_of(st.sampled_from(likely_values(values)), ODD_VALUES)
    for name, values in PARTS["likely members"].items()
}
CHANGES_OF_MEMBERS = st.sampled_from(
    ["replaced", "replaced", "gone", "after", "before"]
)


def calls(tool: Any) -> st.SearchStrategy[Draft]:
    """Return calls of a tool with arguments that its schema allows."""
    schema = tool["inputSchema"]
    kinds = {
        name: KINDS.get(schema.get("type"), JSON)
        for name, schema in schema["properties"].items()
    }
    required_inputs = {name: kinds.pop(name) for name in schema.get("required", ())}
    arguments = st.fixed_dictionaries(required_inputs, optional=kinds)
    return st.builds(plain, REVISIONS, st.just(tool["name"]), arguments, IDENTITIES)


def reads(lists: Mapping[str, Sequence[Any]]) -> Iterator[st.SearchStrategy[Draft]]:
    """Yield requests for the resources and prompts of a server, and for others."""
    uris = [row["uri"] for row in lists.get("resources", ())]
    templates = [row["uriTemplate"] for row in lists.get("resourceTemplates", ())]
    uris_of_templates = [
        re.sub(r"\{\w+\}", value, uri) for uri in templates for value in VALUES
    ]
    wanted = st.sampled_from([*uris, *uris_of_templates, *templates, "docs://no", ""])
    of_uri = st.fixed_dictionaries({"uri": wanted})
    yield st.builds(read, REVISIONS, st.just("resources/read"), of_uri, IDENTITIES)
    prompts = [row["name"] for row in lists.get("prompts", ())]
    names = ("port", "style", "other")
    arguments = st.dictionaries(st.sampled_from(names), TEXTS, max_size=3)
    of_name = st.fixed_dictionaries(
        {"name": st.sampled_from([*prompts, "no-such-prompt"])},
        optional={"arguments": arguments.map(lambda texts: Members(texts.items()))},
    )
    yield st.builds(read, REVISIONS, st.just("prompts/get"), of_name, IDENTITIES)


def requests(lists: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[Request]:
    """Return requests of a client, plain or odd in up to three ways."""
    return _requests(drafts(lists))


def drafts(lists: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[Draft]:
    """Return requests as clients send them, of every method of the protocol."""
    others = st.builds(other, REVISIONS, st.sampled_from(OTHERS), IDENTITIES)
    tools = [calls(tool) for tool in lists.get("tools", ())]
    return st.one_of(others, others, *tools, *reads(lists))


@st.composite
def _requests(draw: st.DrawFn, drafts: st.SearchStrategy[Draft]) -> Request:
    draft = draw(drafts)
    for oddity in draw(ODDITIES):
        draft = oddity(draw, draft)
    return spellings(draw, draft)


def odd_fields(draw: st.DrawFn, draft: Draft) -> Draft:
    """Draw a draft with another header: one that is wrong, absent or there twice."""
    name = draw(NAMES_OF_FIELDS)
    value = draw(VALUES_OF_FIELDS[name])
    values = [old for key, old in draft.fields if key == name]
    match draw(CHANGES_OF_FIELDS):
        case "replaced":
            return draft.with_field(name, value)
        case "added":
            return draft.with_field(name, *values, value)
        case "spaced":
            return draft.with_field(name, *(f" {old}\t" for old in values))
        case _:
            return draft.with_field(name, *(old.swapcase() for old in values))


def odd_members(draw: st.DrawFn, draft: Draft) -> Draft:
    """Draw a draft with another member somewhere in its message."""
    return replace(draft, message=mutations(draw, draft.message))


def mutations(draw: st.DrawFn, members: Members) -> Members:
    """Draw an object of which a member is changed, gone, new or there twice."""
    if not members or draw(st.integers(0, 9)) == 0:
        name = draw(NAMES_OF_MEMBERS)
        return Members((*members, (name, draw(values(name)))))
    at = draw(st.integers(0, len(members) - 1))
    name, value = members[at]
    if isinstance(value, Members) and draw(st.integers(0, 3)):
        inside = (name, mutations(draw, value))
        return Members((*members[:at], inside, *members[at + 1 :]))
    other = (name, draw(values(name)))
    match draw(CHANGES_OF_MEMBERS):
        case "replaced":
            return Members((*members[:at], other, *members[at + 1 :]))
        case "gone":
            return Members((*members[:at], *members[at + 1 :]))
        case "after":
            return Members((*members, other))
        case _:
            return Members((other, *members))


def values(name: str) -> st.SearchStrategy[Any]:
    """Return the values to try for a member of that name."""
    return VALUES_OF_MEMBERS.get(name, ODD_VALUES)


ODDITIES: st.SearchStrategy[tuple[Callable[[st.DrawFn, Draft], Draft], ...]]
ODDITIES = st.sampled_from(
    [
        *([()] * 9),
        (odd_fields,),
        (odd_members,),
        (odd_members,),
        (odd_fields, odd_members),
        (odd_members, odd_members),
        (odd_fields, odd_fields),
        (odd_fields, odd_members, odd_members),
    ]
)
SPOILT_BODIES = st.sampled_from(BODIES)
OTHER_METHODS = st.sampled_from(PARTS["methods"])
OTHER_PATHS = st.sampled_from(PARTS["paths"])
ENDINGS = st.sampled_from(Ending)


def spellings(draw: st.DrawFn, draft: Draft) -> Request:
    """Draw the request of a draft: mostly as it is, in one piece or in several."""
    match draw(st.integers(0, 29)):
        case 0 | 1:
            return draft.request(draw(SPOILT_BODIES)(draft.text.encode()))
        case 2:
            return replace(draft.request(), method=draw(OTHER_METHODS))
        case 3:
            return replace(draft.request(), path=draw(OTHER_PATHS))
        case 4:
            return replace(draft.request(), ending=draw(ENDINGS))
        case 5 | 6:
            return replace(draft.request(), piece=draw(st.integers(40, 200)))
        case _:
            return draft.request()


BODIES_OF_REPLIES = [
    *(body.encode("latin-1") for body in PARTS["bodies of replies"]),
    b"x" * 200_000,
    *(
        b'{"items": [{"name": ' + b"[" * depth + b"]" * depth + b"}]}"
        for depth in (100, 240, 260, 600, 1100)
    ),
]
FIELDS_OF_REPLIES = [
    tuple((name.encode(), value.encode("latin-1")) for name, value in fields)
    for fields in PARTS["fields of replies"]
]


def outcomes(errors: ModuleType, reply: ModuleType) -> st.SearchStrategy[Any]:
    """Return upstream behaviour; None stands for the package's own samples."""
    replies = st.tuples(
        st.sampled_from(PARTS["statuses"]),
        st.sampled_from(FIELDS_OF_REPLIES),
        st.one_of(st.sampled_from(BODIES_OF_REPLIES), st.binary()),
    ).map(lambda parts: reply.Reply(*parts))
    failure = st.sampled_from(failures(errors))
    return st.one_of(st.none(), st.none(), failure, *[replies] * 7)


def failures(errors: ModuleType) -> list[Exception]:
    busy = "too many calls are in flight"
    return [
        errors.NotSentError(),
        errors.NoAnswerError("broke the connection"),
        errors.CallError(503, "Service Unavailable", busy, retry_after=1),
        TimeoutError(),
    ]
