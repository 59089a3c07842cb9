"""Generated responses of upstreams: valid, odd and malformed ones, in pieces."""

import gzip
import random
import zlib
from dataclasses import dataclass

STATUS_LINES = [
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 201 Created",
    b"HTTP/1.1 206 Partial Content",
    b"HTTP/1.1 204 No Content",
    b"HTTP/1.1 205 Reset Content",
    b"HTTP/1.1 304 Not Modified",
    b"HTTP/1.1 301 Moved",
    b"HTTP/1.1 404 Not Found",
    b"HTTP/1.1 500 Internal Server Error",
    b"HTTP/1.0 200 OK",
]
ODD_STATUS_LINES = [
    b"HTTP/1.1 200",
    b"HTTP/1.1 200 ",
    b"HTTP/1.1 200 Gr\xc3\xbc\xc3\x9fe",
    b"HTTP/1.1 200 Gr\xfc\xdfe",
    b"HTTP/1.1 200 \tO\tK",
    b"HTTP/1.1 200 " + b"O" * 5000,
    b"HTTP/1.1 599 Own",
    b"HTTP/1.1 999 Own",
    b"HTTP/1.1 099 Own",
    b"HTTP/1.1 99 Own",
    b"HTTP/1.1 2000 Own",
    b"HTTP/1.1 20x Own",
    b"HTTP/1.1 +20 Own",
    b"HTTP/1.1  200 OK",
    b"HTTP/1.1\t200 OK",
    b"HTTP/1.2 200 OK",
    b"HTTP/2.0 200 OK",
    b"HTTP/0.9 200 OK",
    b"HTTP/11 200 OK",
    b"HTTP/1.10 200 OK",
    b"http/1.1 200 OK",
    b"ICY 200 OK",
    b"200 OK",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade",
]
FIELDS = [
    b"Content-Type: application/json",
    b"X-Some:value",
    b"X-Some: a, b",
    b"x-some: value \t",
    b"X-Some:   value",
    b"X-Empty:",
    b"X-Empty: ",
    b"Set-Cookie: a=1",
    b"Set-Cookie: b=2; Path=/",
    b"X-Text: Gr\xc3\xbc\xc3\x9fe",
    b"X-Text: Gr\xfc\xdfe",
    b"!#$%&'*+-.^_`|~09: odd",
    b"X-Tab: a\tb",
    b"Keep-Alive: timeout=5",
    b"Connection: keep-alive",
    b"Connection: close",
    b"Date: Mon, 30 Nov 2026 10:00:00 GMT",
    b"Trailer: X-Later",
    b"Vary: *",
]
ODD_FIELDS = [
    b"X-Folded: a\r\n b",
    b"X-Folded: a\r\n\tb",
    b" X-Leading: a",
    b"X-Space : a",
    b"Content-Length : 5",
    b"X Space: a",
    b": nameless",
    b"colonless",
    b"X-(Comment): a",
    b"X-\xfc: a",
    b"X-Nul: a\0b",
    b"X-Bell: a\x07b",
    b"X-Del: a\x7fb",
    b"X-Cr: a\rb",
    b"X-Lf: a\nX-Other: b",
    b"X-Long: " + b"x" * 9000,
    b"X-Too-Long: " + b"x" * 40_000,
    b"Connection: upgrade\r\nUpgrade: h2c",
    b"Connection: close, x-some",
    b"Content-Length: 0",
    b"Transfer-Encoding: identity",
]
BODIES = [b"", b"{}", b'{"fine":true}', b"x" * 300, bytes(range(256)), b"0\r\n\r\n"]
CODINGS = [b"gzip", b"x-gzip", b"GZIP", b"deflate", b"identity", b"br", b"gzip, gzip"]
LENGTHS = ["%d", "0%d", "+%d", " %d ", "%d, %d", "-%d", "0x%d", "%d.0", "%d ", "\t%d"]
CODES = [b"Chunked", b" chunked ", b"gzip, chunked", b"chunked, chunked", b"identity"]
ODD_CODES = [b"chunked;q=1", b"chunked, identity", b"xchunked", b"", b"chunked,"]
EXTENSIONS = [b";a", b";a=b", b';a="b;c"', b" ;a=b", b"; a = b", b" ", b";", b"\t;a"]
TRAILERS = [b"X-Later: 1\r\n", b"X-A: 1\r\nX-B: 2\r\n"]
ODD_TRAILERS = [
    b"Content-Length: 9\r\n",
    b"odd\r\n",
    b"X-Lf: 1\n",
    b" x: 1\r\n",
    b"Transfer-Encoding: x\r\n",
]
SIZES = [b"0x%x", b"-%x", b"+%x", b"%xg", b" %x", b"", b"ffffffffffffffff%x", b"_%x"]
INTERIM = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    b"HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n",
    b"\r\n",
]
EXTRAS = [
    b"\r\n",
    b"x",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


@dataclass(frozen=True)
class Answer:
    """A response to a request of a method, as it is sent, and where it is split.

    With `is_valid`, nothing of it is odd, so its connection stays open. An answer whose
    body ends with the connection isn't.
    """

    method: str
    wire: bytes
    splits: tuple[int, ...] = ()
    is_valid: bool = False

    def pieces(self) -> list[bytes]:
        starts = (0, *self.splits)
        ends = (*self.splits, len(self.wire))
        return [self.wire[a:b] for a, b in zip(starts, ends, strict=True)]


class Generator:
    """A source of responses, the same in each run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # the same in every run

    def answer(self) -> Answer:
        """Return a response: a half of them are valid, and a fifth has wrong bytes."""
        self._oddity = self._random.choice((0.0, 0.0, 0.1, 0.3))
        self._is_odd = False
        method = self._random.choice(("GET", "GET", "GET", "HEAD", "POST"))
        wire = self._wire(method)
        if self._oddity and self._random.random() < 0.3:
            wire = self._mutate(wire)
        return Answer(method, wire, self._splits(len(wire)), not self._is_odd)

    def _is_chosen(self, share: float) -> bool:
        return self._random.random() < share

    def _one(self, usual: list[bytes], odd: list[bytes]) -> bytes:
        if self._is_chosen(self._oddity):
            self._is_odd = True
            return self._random.choice(odd)
        return self._random.choice(usual)

    def _wire(self, method: str) -> bytes:
        line = self._one(STATUS_LINES, ODD_STATUS_LINES)
        count = self._random.randrange(6)
        fields = [self._one(FIELDS, ODD_FIELDS) for _ in range(count)]
        body = self._random.choice(BODIES)
        if self._is_chosen(0.2):
            body = self._encode(fields, body)
        content = self._frame(fields, body, line)
        self._random.shuffle(fields)
        interim = b"".join(
            self._random.choice(INTERIM) for _ in range(self._random.randrange(3))
        )
        if self._is_chosen(0.7):
            interim = b""
        if method == "HEAD" or b" 204 " in line or b" 304 " in line:
            content = b""
        if self._is_chosen(self._oddity / 2):
            self._is_odd = True
            content += self._random.choice(EXTRAS)
        head = b"".join(field + b"\r\n" for field in (line, *fields))
        return interim + head + b"\r\n" + content

    def _encode(self, fields: list[bytes], body: bytes) -> bytes:
        coding = self._random.choice(CODINGS)
        fields.append(b"Content-Encoding: " + coding)
        content = gzip.compress(body, mtime=0)
        if coding == b"deflate":
            content = zlib.compress(body)
        elif coding in (b"identity", b"br"):
            content = body
        if self._is_chosen(self._oddity):
            content = self._mutate(content)
        return content

    def _frame(self, fields: list[bytes], body: bytes, line: bytes) -> bytes:
        """Add the fields that frame a body; return the body as it is sent."""
        kind = self._random.choice(("length", "chunks", "end"))
        has_two = self._is_chosen(self._oddity / 5)
        is_old = b"HTTP/1.1" not in line
        # A body to the end of the connection is valid, but leaves no connection open.
        if kind == "end" or has_two or (kind == "chunks" and is_old):
            self._is_odd = True
        if kind == "length" or has_two:
            self._add_length(fields, len(body))
        if kind == "length" or (kind == "end" and not has_two):
            return body
        fields.append(
            b"Transfer-Encoding: " + self._one([b"chunked"], CODES + ODD_CODES)
        )
        return self._chunk_body(body)

    def _add_length(self, fields: list[bytes], length: int) -> None:
        if self._is_chosen(self._oddity):
            self._is_odd = True
            text = self._random.choice(LENGTHS).replace("%d", str(length))
            fields.append(b"Content-Length:" + text.encode())
            length += self._random.choice((0, 0, -1, 1, 10**20))
        if self._is_chosen(1 - self._oddity):
            fields.append(b"Content-Length: %d" % length)
        else:
            self._is_odd = True

    def _chunk_body(self, body: bytes) -> bytes:
        chunks, at = b"", 0
        while at < len(body):
            size = self._random.choice((1, 7, 100, len(body)))
            piece = body[at : at + size]
            at += len(piece)
            chunks += self._chunk(piece)
        chunks += b"0" * self._random.choice((1, 1, 1, 3)) + self._extension() + b"\r\n"
        if self._is_chosen(0.2):
            chunks += self._one(TRAILERS, ODD_TRAILERS)
        return chunks + self._one([b"\r\n"], [b"", b"\n", b"\r"])

    def _chunk(self, piece: bytes) -> bytes:
        form = self._one([b"%x", b"%X", b"00%x"], SIZES)
        size = form % len(piece) if form else form
        end = self._one([b"\r\n"], [b"", b"\n", b"\r", b"x\r\n", b" \r\n"])
        line_end = self._one([b"\r\n"], [b"\n", b"\r", b" \r\n"])
        return size + self._extension() + line_end + piece + end

    def _extension(self) -> bytes:
        if self._is_chosen(self._oddity):
            self._is_odd = True
            return self._random.choice(EXTENSIONS)
        return self._random.choice((b"", b"", b"", b";a=b"))

    def _mutate(self, wire: bytes) -> bytes:
        self._is_odd = True
        content = bytearray(wire)
        for _ in range(self._random.choice((1, 1, 2, 5))):
            at = self._random.randrange(len(content) + 1)
            new = self._random.choice(b"\0\t\n\r :;0159aAfF-+,\x7f\x80\xff")
            match self._random.randrange(4):
                case 0:
                    content[at : at + 1] = bytes([new])
                case 1:
                    content.insert(at, new)
                case 2:
                    del content[at : at + self._random.choice((1, 2, 10))]
                case _:
                    del content[at:]
        return bytes(content)

    def _splits(self, length: int) -> tuple[int, ...]:
        if length < 2 or self._is_chosen(0.3):
            return ()
        if length < 400 and self._is_chosen(0.2):
            return tuple(range(1, length))
        count = self._random.choice((1, 1, 2, 5))
        return tuple(sorted({self._random.randrange(1, length) for _ in range(count)}))
