"""Generated responses of upstreams: valid, odd and malformed ones, in pieces."""

import gzip
import random
import re
import zlib
from dataclasses import dataclass

from case_tables import named_table

LETTERS = re.compile(rb"<(\d+)>")
PARTS: dict[str, list[bytes]] = {
    name: [
        LETTERS.sub(lambda count: b"x" * int(count[1]), text.encode("latin-1"))
        for text in texts
    ]
    for name, texts in named_table(__file__, "odd_answers").items()
}
BODIES = [*PARTS["bodies"], bytes(range(256))]


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
        line = self._one(PARTS["status lines"], PARTS["odd status lines"])
        count = self._random.randrange(6)
        fields = [self._one(PARTS["fields"], PARTS["odd fields"]) for _ in range(count)]
        body = self._random.choice(BODIES)
        if self._is_chosen(0.2):
            body = self._encode(fields, body)
        content = self._frame(fields, body, line)
        self._random.shuffle(fields)
        interim = b"".join(
            self._random.choice(PARTS["interim responses"])
            for _ in range(self._random.randrange(3))
        )
        if self._is_chosen(0.7):
            interim = b""
        if method == "HEAD" or b" 204 " in line or b" 304 " in line:
            content = b""
        if self._is_chosen(self._oddity / 2):
            self._is_odd = True
            content += self._random.choice(PARTS["extras"])
        head = b"".join(field + b"\r\n" for field in (line, *fields))
        return interim + head + b"\r\n" + content

    def _encode(self, fields: list[bytes], body: bytes) -> bytes:
        coding = self._random.choice(PARTS["codings"])
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
            b"Transfer-Encoding: "
            + self._one(
                [b"chunked"], PARTS["transfer codings"] + PARTS["odd transfer codings"]
            )
        )
        return self._chunk_body(body)

    def _add_length(self, fields: list[bytes], length: int) -> None:
        if self._is_chosen(self._oddity):
            self._is_odd = True
            text = self._random.choice(PARTS["lengths"]).replace(b"%d", b"%d" % length)
            fields.append(b"Content-Length:" + text)
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
            chunks += self._one(PARTS["trailers"], PARTS["odd trailers"])
        return chunks + self._one([b"\r\n"], [b"", b"\n", b"\r"])

    def _chunk(self, piece: bytes) -> bytes:
        form = self._one([b"%x", b"%X", b"00%x"], PARTS["odd sizes"])
        size = form % len(piece) if form else form
        end = self._one([b"\r\n"], [b"", b"\n", b"\r", b"x\r\n", b" \r\n"])
        line_end = self._one([b"\r\n"], [b"\n", b"\r", b" \r\n"])
        return size + self._extension() + line_end + piece + end

    def _extension(self) -> bytes:
        if self._is_chosen(self._oddity):
            self._is_odd = True
            return self._random.choice(PARTS["odd extensions"])
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
