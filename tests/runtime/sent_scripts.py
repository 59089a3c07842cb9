"""Scripts of clients: each kind of request once, and a strategy for others."""

from collections.abc import Iterator, Sequence

from hypothesis import strategies as st
from two_connections import EMPTY, OK, Outcome, Raw, Script, Step

from case_tables import table
from naftiko_runtime.errors import CallError, UnauthorizedError
from naftiko_runtime.http.messages import PAGE, SAFE
from naftiko_runtime.transport import Reply

HOST = ("Host", "localhost:8080")
JSON = ("Content-Type", "application/json")
KIND = (b"content-type", b"application/json")
LARGE = 200_000
Fields = Sequence[tuple[str, str]]

TARGETS: list[str] = table(__file__, "targets")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"]
VERSIONS = ["1.1", "1.1", "1.1", "1.1", "1.0", "0.9", "2.0"]
ODD_FIELDS = [*map(tuple, table(__file__, "odd_fields")), ("A", "b" * 70_000)]
BODIES = [
    *(b"", b"{}", b'{"title": "a"}', b'{"title": "a", "pages": 3}', b'{"title": 1}'),
    *(b'{"title": "a", "title": "b"}', b"[]", b"null", b"{", b"\xff", b"plain"),
    b"1" * 70_000,
]
FRAMINGS = [
    *("length", "length", "length", "chunked", "chunked", "shorter", "longer", "none"),
    *("both", "encoded", "twice"),
]
REPLIES: list[Outcome] = [
    OK,
    Reply(200, (), b""),
    Reply(200, (KIND,), b'"' + b"a" * LARGE + b'"'),
    Reply(204, (), b""),
    Reply(204, (KIND,), b"odd"),
    Reply(304, ((b"ETag", b'"1"'),), b""),
    Reply(201, ((b"Location", b"/notes/2"), (b"Set-Cookie", b"a=b")), b"{}"),
    Reply(200, ((b"Link", b"<a>"), (b"Link", b"<b>")), b"{}"),
    Reply(200, ((b"Content-Type", b"a\nb"),), b"{}"),
    Reply(429, ((b"RateLimit", b"1"), (b"Retry-After", b"3")), b"{}"),
    Reply(429, ((b"ratelimit(odd)", b"1"),), b"{}"),
    Reply(429, ((b"x-ratelimit-\xfc", b"1"),), b"{}"),
    Reply(500, (KIND, (b"X-Other", b"a")), b"{}"),
    Reply(600, (), b"{}"),
    Reply(99, (), b"{}"),
    CallError(503, "Service Unavailable", "too many calls", retry_after=2),
    UnauthorizedError(401, "Unauthorized", "no credential", 'Bearer realm="ü"'),
    UnauthorizedError(401, "Unauthorized", "no credential", "Bearer\n"),
    ZeroDivisionError("unforeseen"),
]
LENGTH = (b"content-length", b"2")
LENGTH = (b"content-length", b"2")
ODD_HEADERS: list[list[tuple[bytes, bytes]]] = [
    *([LENGTH], [LENGTH, LENGTH], [LENGTH, (b"content-length", b"3")], []),
    *([(b"content-length", b"3"), LENGTH], [(b"link", b"\0"), LENGTH, (b"link", b"b")]),
    *([(b"content-length", b"02")], [(b"Content-Length", b"2")]),
    *([LENGTH, (b"X-Upper", b"a")], [LENGTH, (b"connection", b"close")]),
    *([LENGTH, (b"connection", b"keep-alive")], [LENGTH, (b"", b"a")]),
    *([LENGTH, (b"transfer-encoding", b"chunked")], [LENGTH, (b"x_value", b"a")]),
    *([(b"transfer-encoding", b"chunked")], [LENGTH, (b"x value", b"a")]),
    *([LENGTH, (b"location", b"a\r\nx-forged: b")], [LENGTH, (b"etag: a\r\nx", b"a")]),
    *([LENGTH, (b"link", b"a\tb\xff")], [LENGTH, (b"link", b"a"), (b"link", b"b")]),
]
RAW: list[Outcome] = [
    *(Raw(200, headers, b"{}") for headers in ODD_HEADERS),
    *(Raw(200, [LENGTH], b"{}", safety) for safety in ([], PAGE, [*SAFE])),
    *(Raw(200, [LENGTH], body) for body in (b"", b"{", b"{} ")),
    *(Raw(status, [LENGTH], b"{}") for status in (100, 204, 304, 599, 600, 99)),
    *(Raw(200, headers, b"{}", is_whole=False) for headers in ([LENGTH], [])),
    Raw(200, [LENGTH], b"{}", times=2),
    Raw(200, [LENGTH], b"{}", is_received=False),
    Raw(200, [(b"content-length", b"%d" % LARGE)], b"a" * LARGE),
    Raw(204, [EMPTY], b""),
]


def request(
    target: str = "/notes",
    method: str = "GET",
    fields: Fields = (HOST,),
    body: bytes = b"",
    framing: str = "none",
    version: str = "1.1",
) -> bytes:
    """Return the bytes of a request, whose body is framed well or badly."""
    frame, content = framed_body(body, framing)
    lines = [f"{name}: {value}" for name, value in (*fields, *frame)]
    head = "\r\n".join([f"{method} {target} HTTP/{version}", *lines, "", ""])
    return head.encode("latin-1") + content


def framed_body(body: bytes, framing: str) -> tuple[Fields, bytes]:
    """Return the headers that announce a body, and its bytes as they are sent."""
    half, rest = body[: len(body) // 2], body[len(body) // 2 :]
    pieces = [b"%x\r\n%s\r\n" % (len(part), part) for part in (half, rest) if part]
    chunks = b"".join((*pieces, b"0\r\nX-Trailer: a\r\n\r\n"))
    length = ("Content-Length", str(len(body)))
    coding = ("Transfer-Encoding", "chunked")
    match framing:
        case "length":
            return [length], body
        case "chunked":
            return [coding], chunks
        case "shorter":
            return [length], half
        case "longer":
            return [length], body + b"more"
        case "both":
            return [length, coding], chunks
        case "encoded":
            return [("Transfer-Encoding", "gzip, chunked")], chunks
        case "twice":
            return [length, length], body
        case _:
            return [], b""


def scripts() -> Iterator[Script]:
    """Yield each kind of request, response and event once."""
    for method in ("GET", "HEAD", "PUT"):
        for outcome in RAW:
            yield from scripts_with_ends(request("/raw", method), outcome)
    for method in ("GET", "HEAD"):
        for outcome in REPLIES:
            yield from scripts_with_ends(request("/notes/latest", method), outcome)
    yield from with_events()
    yield from with_heads()
    for body in BODIES:
        for target in ("/notes", "/notes/1/bytes", "/notes/latest"):
            yield from with_body(target, body, "length")
    for framing in dict.fromkeys(FRAMINGS):
        for target in ("/notes", "/notes/1/text", "/notes/latest"):
            yield from with_body(target, b'{"title": "a"}', framing)


def with_heads() -> Iterator[Script]:
    """Yield requests whose targets, methods and headers are plain or odd."""
    for target in TARGETS:
        for method in METHODS:
            yield Script([request(target, method)])
    for field in ODD_FIELDS:
        for fields in ((HOST, field), (field,), (HOST, field, field)):
            for token in ("", "secret"):
                yield Script([request("/notes/1", fields=fields)], token=token)
            content = request("/notes", "POST", [*fields, JSON], b"{}", "length")
            yield Script([content])


def with_body(target: str, body: bytes, framing: str) -> Iterator[Script]:
    """Yield requests with a body, whole and in pieces."""
    content = request(target, "POST", [HOST, JSON], body, framing)
    end = content.index(b"\r\n\r\n") + 4
    yield Script([content])
    yield Script([content[:end], "turn", content[end:]])
    yield Script(
        [content[: end + 1], "turn", "drain", content[end + 1 :]], is_observed=False
    )
    expecting = [HOST, JSON, ("Expect", "100-continue")]
    expectation = request(target, "POST", expecting, body, framing)
    end = expectation.index(b"\r\n\r\n") + 4
    yield Script([expectation[:end], "turn", expectation[end:]])


def scripts_with_ends(content: bytes, outcome: Outcome) -> Iterator[Script]:
    """Yield a request whose connection stays open, and others whose doesn't."""
    closing = content.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    yield Script([content, "turn", content], outcome)
    yield Script(
        ["slow", closing, "turn", "resume", content], outcome, is_observed=False
    )
    yield Script([content + content.replace(b"HTTP/1.1", b"HTTP/1.0")], outcome)
    yield Script([content, "drain", "turn"], outcome)


def with_events() -> Iterator[Script]:
    """Yield requests during which something happens."""
    plain, closing = request(), request(fields=(HOST, ("Connection", "close")))
    expecting = request(fields=(HOST, ("Expect", "100-continue")))
    extra_request = request("/notes", "POST", [HOST, JSON], b"{}", "length")
    waiting_request = request("/raw", fields=(HOST, ("Expect", "100-continue")))
    yield Script([waiting_request], Raw(is_received=False))
    others = request("/raw"), request("/none")
    for content in (plain, closing, extra_request, expecting, *others):
        for event in ("pause", "drain", "leave", "stop"):
            for waits in (False, True):
                yield Script([content, event, "turn", "resume", "answer"], waits=waits)
                yield Script([event, content, "turn", "resume", "answer"], waits=waits)
                steps: list[Step] = ["turn", event, "turn", "answer"]
                yield Script([content, *steps, "turn", "resume"], waits=waits)
                yield Script([content * 3, *steps], waits=waits)
                more: list[Step] = [content, "turn", event, "answer", "turn", "resume"]
                yield Script(more, waits=waits)
    for target in ("/notes/1/pages/2", "/notes", "/raw", "/notes/latest"):
        for prefix in ("/notes", "/notes/1", "/other"):
            yield Script([request(target)], prefix=prefix)
    yield Script([plain], connections=0)
    yield Script([plain * 20, "turn", "answer"], waits=True)
    yield Script([b"GARBAGE\r\n\r\n"])
    yield Script([plain + b"GARBAGE\r\n\r\n"])
    body = b'"%s"' % (b"a" * 4_194_304)
    yield Script([request("/notes", "POST", [HOST, JSON], body, "length")])
    pairs = ((plain[:at], plain[at:]) for at in range(2, len(plain)))
    yield Script([piece for pair in pairs for piece in pair])


PIECES = st.integers(1, 300)
EVENTS: st.SearchStrategy[Step]
EVENTS = st.sampled_from(
    ["turn", "turn", "pause", "resume", "drain", "leave", "answer", "stop", "slow"]
)
REQUESTS = st.builds(
    request,
    st.sampled_from(TARGETS),
    st.sampled_from(["GET", "GET", "POST", "PUT", "PATCH", *METHODS]),
    st.lists(st.sampled_from(ODD_FIELDS), max_size=2).map(
        lambda odd: [HOST, JSON, *odd]
    ),
    st.sampled_from(BODIES),
    st.sampled_from(FRAMINGS),
    st.sampled_from(VERSIONS),
)


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Draw requests, some in pieces or in one piece with others, and events."""
    content = b"".join(draw(st.lists(REQUESTS, min_size=1, max_size=4)))
    pieces: list[Step] = []
    while content:
        size = draw(PIECES) if draw(st.booleans()) else len(content)
        pieces += [content[:size], *draw(st.lists(EVENTS, max_size=2))]
        content = content[size:]
    return pieces


SCRIPTS = st.builds(
    Script,
    steps(),
    st.sampled_from([*REPLIES, *RAW]),
    waits=st.booleans(),
    token=st.sampled_from(["", "", "", "secret"]),
    is_observed=st.booleans(),
)
