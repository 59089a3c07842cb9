"""Strategies for calls of tools, plain and odd, and for the upstream's behaviour."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from hypothesis import strategies as st
from odd_requests import (
    LEGACY,
    META,
    MODERN,
    OTHERS,
    Draft,
    Members,
    Verbatim,
    other,
    plain,
)
from two_ways import Ending, Request

ABSENT = "-"
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "a/b", "..", "%2e%2e", "x" * 300, "é", "😀", "\0", "\r\n"]),
)
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
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "01", "+1", "1.", ".5", ""),
    *("1.0", "-0", "1e2", "1E400", "0.1e-400", "True", "undefined", "'x'", '"\\ud800"'),
    *('"\\udc00\\ud800"', '"\\u0000"', '"\\x41"', '"\t"', "/* x */ 1", "[1,]", '{"a"}'),
    *("[" * depth + "]" * depth for depth in (60, 150, 250, 600, 1100, 60000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (150, 250, 1100)),
    '{"a": 1, "a": 2}',
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
# Values that a peer is likely to send for a member, right or wrong.
LIKELY: dict[str, list[Any]] = {
    "jsonrpc": ["2.0", "1.0", 2.0],
    "id": ["", "1", "a" * 500, 0, -1, 2**53 + 1, 2**63, 2**64, 1.5, True, None, []],
    "method": [
        *("tools/list", "ping", "initialize", "server/discover", "prompts/get"),
        *("Tools/call", "tools/call ", "notifications/cancelled", "x"),
    ],
    "name": ["test_simple_text", "names", "no-such-tool", "", "é", "names ", 1, None],
    "arguments": [None, [], "", Members(), Members([("x", 1)])],
    "params": [None, [], "", Members()],
    f"{META}protocolVersion": [LEGACY, MODERN, "2024-11-05", "9999-01-01", None, 1],
    f"{META}clientCapabilities": [
        Members([("sampling", Members())]),
        Members([("x", 1)]),
        *(None, [], "", 1),
    ],
    f"{META}clientInfo": [
        Members([("name", "n"), ("version", "1"), ("title", "t")]),
        Members([("name", "n")]),
        *(None, [], "", 1, Members()),
    ],
    "version": ["", None, 1],
    "protocolVersion": [MODERN, "2025-06-18", "2024-11-05", "x", None, 1],
    "capabilities": [
        Members([("roots", Members([("listChanged", True)]))]),
        Members([("roots", Members([("listChanged", 1)]))]),
        Members([("sampling", Members([("context", Members())]))]),
        Members([("elicitation", Members([("form", Members())]))]),
        *(None, [], "", 1),
    ],
    "clientInfo": [Members(), Members([("name", "n")]), *(None, [], 1)],
}
EXTRA = [
    *("cursor", "capabilities", "protocolVersion"),
    *("_meta", "extra", "method", "id", "jsonrpc", "name", "arguments", "params"),
    *("progressToken", f"{META}clientInfo", f"{META}x", "x/y", "result", "error"),
    *("task", "inputResponses", "requestState", "title", "io.example/x", "traceparent"),
]
FIELDS: dict[str, list[str]] = {
    "host": [
        *("localhost:9099", "[::1]:9099", "127.0.0.1", "127.0.0.1:1", "evil.example"),
        *("LOCALHOST:9099", "", ABSENT, "127.0.0.1:*", "127.0.0.1:9099, evil"),
        *("größe.example", "grÃ¶Ã\x9fe.example", "any.example:1", "any.example:*"),
    ],
    "origin": [
        *("http://127.0.0.1:9099", "http://localhost:9099", "https://127.0.0.1:9099"),
        *("http://evil.example", "null", "", "HTTP://127.0.0.1:9099"),
    ],
    "content-type": [
        *("application/json; charset=utf-8", "application/json;charset=UTF-8"),
        *("APPLICATION/JSON", "application/jsonx", "application/json, text/plain"),
        *("text/plain", "", ABSENT, "application/json; charset=latin-1"),
    ],
    "accept": [
        *("application/json", "*/*", "text/event-stream", "application/*", "text/html"),
        *("text/event-stream, application/json", "application/json;q=0", "", ABSENT),
        *("APPLICATION/JSON", "application/json,text/event-stream"),
    ],
    "mcp-protocol-version": [
        *(LEGACY, MODERN, "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"),
        *("9999-01-01", "2026-07-29", "draft", "", ABSENT),
    ],
    "mcp-method": ["tools/call", "tools/list", "Tools/Call", "", ABSENT],
    "mcp-name": [
        *("names", "test_simple_text", "NAMES", "no-such-tool", "", ABSENT),
        *("=?base64?bmFtZXM=?=", "=?base64?bmFtZXM?=", "=?base64?!?=", "=?base64??="),
        *("=?base64?dGVzdF9zaW1wbGVfdGV4dA==?=", "=?base64?Z3LDtsOfZQ==?="),
    ],
    "mcp-session-id": ["0123456789abcdef", "", "x" * 100],
    "mcp-param-topic": ["x", "", "=?base64?eA==?="],
    "mcp-param-": ["x"],
    "content-length": ["0", "3", "4194305", "99999999", "x", "", ABSENT],
    "content-encoding": ["gzip"],
    "transfer-encoding": ["chunked"],
    "authorization": ["Bearer secret"],
    "last-event-id": ["1"],
    "user-agent": ["é"],
    "cookie": ["a=b"],
}
METHODS = ["GET", "DELETE", "PUT", "OPTIONS", "HEAD", "post"]
PATHS = ["/mcp/", "/", "/MCP", "//mcp", "/mcp/x"]
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


# A strategy that is made anew for every draw is slower than the draw.
REVISIONS = st.sampled_from([LEGACY, MODERN])
IDENTITIES = st.one_of(st.integers(0, 2**53), TEXTS)
NAMES_OF_FIELDS = st.sampled_from(sorted(FIELDS))
VALUES_OF_FIELDS = {name: st.sampled_from(values) for name, values in FIELDS.items()}
CHANGES_OF_FIELDS = st.sampled_from(["replaced", "replaced", "added", "spaced", "case"])
NAMES_OF_MEMBERS = st.one_of(st.sampled_from(EXTRA), TEXTS)
ODD_VALUES = st.one_of(JSON, st.sampled_from(NO_JSON).map(Verbatim))
VALUES_OF_MEMBERS = {
    name: st.one_of(st.sampled_from(values), ODD_VALUES)
    for name, values in LIKELY.items()
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


def requests(tools: Sequence[Any]) -> st.SearchStrategy[Request]:
    """Return calls of these tools, and others: plain, or odd in up to three ways."""
    others = st.sampled_from(OTHERS)
    of_other_revisions = st.builds(other, REVISIONS, others, IDENTITIES)
    return _requests(
        st.one_of(
            of_other_revisions, of_other_revisions, *[calls(tool) for tool in tools]
        )
    )


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
OTHER_METHODS = st.sampled_from(METHODS)
OTHER_PATHS = st.sampled_from(PATHS)
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
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"{", b"plain", b"\xe9t\xe9", b"a\0b"),
    *(
        "é 😀 \x7f\u2028".encode(),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe\x00",
        b"x" * 200_000,
    ),
    b'{"items": [{"name": "a"}, {"name": "b"}], "meta": {"total": 3, "done": true}}',
    b'{"items": [{"name": {"x": [1]}}, {}], "meta": {"total": 1234567890123456789012}}',
    b'{"items": [], "meta": {"total": 1e22}}',
    b'[{"name": "a"}, {"name": [123456789012345678901, 1e22, -0, 0.10]}]',
    b' {"a" : 1e2, "a": -9223372036854775809}\n',
    b'{"items": [{"name": -0.0}, {"name": 1.0}, {"name": 5e-324}, {"name": null}]}',
    b'{"items": [{"name": "\\u0000\\u2028\xc3\xa9"}], "meta": []}',
    b'{"items": [{"name": "\\ud800"}]}',
    b'{"items": [{"name": NaN}]}',
    b'{"items": {"name": 1}}',
    b'{"station": {"name": "Z\xc3\xbcrich"}, "values": [{"degrees": 21.5}]}',
    b'{"station": {"name": 123456789012345678901}, "values": [{"degrees": "hot"}]}',
    *(
        b'{"items": [{"name": ' + b"[" * depth + b"]" * depth + b"}]}"
        for depth in (100, 240, 260, 600, 1100)
    ),
]
FIELDS_OF_REPLIES: list[list[tuple[bytes, bytes]]] = [
    [],
    [(b"content-type", b"application/json")],
    [(b"Content-Type", b"text/plain; charset=iso-8859-1")],
    [(b"content-type", b'text/plain; charset="utf-16"')],
    [(b"content-type", b"text/plain; charset=hex")],
    [(b"content-type", b"image/png")],
    [(b"content-type", b"")],
    [(b"content-type", b"\xe9"), (b"retry-after", b"0")],
    [(b"retry-after", b"0")],
    [(b"Retry-After", b"3600"), (b"www-authenticate", b"Bearer")],
    [(b"retry-after", b"Fri, 31 Dec 1999 23:59:59 GMT \xe9")],
]
STATUSES = [
    *(200, 200, 200, 200, 201, 204, 206, 299, 301, 302, 304, 307, 400, 401, 403, 404),
    *(409, 418, 422, 429, 451, 499, 500, 502, 503, 504, 599, 100, 600, 999),
]


def outcomes(errors: ModuleType, reply: ModuleType) -> st.SearchStrategy[Any]:
    """Return upstream behaviour; None stands for the package's own samples."""
    replies = st.tuples(
        st.sampled_from(STATUSES),
        st.sampled_from(FIELDS_OF_REPLIES).map(tuple),
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
