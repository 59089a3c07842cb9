"""The words of a file of Protocol Buffers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<blank>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<name>\.?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<number>(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"[fF]?)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<mark>[{}()\[\]<>;=,:+-])",
    re.DOTALL,
)
MOST = 100_000


class ProtobufError(ValueError):
    """A fault of a file; the message is a sentence without a full stop."""


@dataclass(frozen=True)
class Token:
    """A word: its kind is `name`, `number`, `text`, `mark` or `end`."""

    kind: str
    text: str
    line: int


@dataclass
class Tokens:
    """The words of a file, from the next one on."""

    _tokens: list[Token] = field(default_factory=list)
    _at: int = 0

    @classmethod
    def of(cls, text: str) -> Tokens:
        """Return the words of a file; raises ProtobufError."""
        tokens: list[Token] = []
        at, line = 0, 1
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or len(tokens) > MOST:
                raise _fault(line)
            if match.lastgroup not in (None, "blank"):
                tokens.append(Token(str(match.lastgroup), match[0], line))
            line += match[0].count("\n")
            at = match.end()
        tokens.append(Token("end", "the end", line))
        return cls(tokens)

    @property
    def next(self) -> Token:
        """Return the next word, without passing over it."""
        return self._tokens[self._at]

    def take(self, *texts: str) -> bool:
        """Pass over the next word if it is one of these names or marks."""
        token = self.next
        is_next = token.text in texts and token.kind in ("name", "mark")
        self._at += is_next
        return is_next

    def expect(self, text: str) -> None:
        """Pass over a mark or name; raises ProtobufError if it doesn't come next."""
        if not self.take(text):
            raise self.fault()

    def pop(self, kind: str) -> str:
        """Return the next word, which has to be of a kind; raises ProtobufError."""
        token = self.next
        if token.kind != kind:
            raise self.fault()
        self._at += 1
        return token.text

    def name(self) -> str:
        """Return the next word, a name without dots."""
        if "." in self.next.text:
            raise self.fault()
        return self.pop("name")

    def integer(self) -> int:
        """Return the next word as a whole number, maybe negative."""
        sign = -1 if self.take("-") else 1
        text = self.next.text
        try:
            number = int(text, 8 if re.fullmatch("0[0-7]+", text) else 0)
        except ValueError:
            raise self.fault() from None
        self.pop("number")
        return sign * number

    def skip(self, end: str = ";") -> None:
        """Pass over the rest of a statement, with all that its brackets enclose."""
        depth = 0
        while self.next.kind != "end":
            token = self.next
            self._at += 1
            if token.kind == "mark" and token.text in "{[(":
                depth += 1
            elif token.kind == "mark" and token.text in "}])":
                depth -= 1
                if depth == 0 and token.text == "}" and end == "}":
                    return
            elif token.text == end and depth == 0:
                return
        raise self.fault()

    def fault(self) -> ProtobufError:
        """Return the error that the next word isn't expected."""
        return _fault(self.next.line)


def _fault(line: int) -> ProtobufError:
    # A spec can name any file of its directory: none of its words is quoted.
    return ProtobufError(f"line {line} isn't Protocol Buffers")
