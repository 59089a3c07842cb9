"""Documents in another style: indentation, quotes, brackets, comments, line ends."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import yaml

_TEXT = "tag:yaml.org,2002:str"
_BARE = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./])?")
"""Texts that need no quotes anywhere."""
_OTHERS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def restyle(content: bytes, random: Random) -> str:
    """Return a document that says the same, typed by somebody else."""
    root = yaml.compose(content.decode(), Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return _Typist(random).document(root)


@dataclass
class _Typist:
    """Types one document; each comment is another one."""

    random: Random
    comments: int = 0
    habits: dict[str, float] = field(default_factory=dict)
    indentation: int = 2
    dash: int = 0
    """How much deeper a list stands than its key."""

    def document(self, root: yaml.MappingNode) -> str:
        for habit in ("brackets", "comments", "quotes", "blocks", "breaks"):
            self.habits[habit] = self.random.choice((0.0, 0.1, 0.4))
        self.indentation = self.random.choice((2, 3, 4))
        self.dash = self.random.choice((0, 1, 2, 4))
        start, end = self.random.choice((("", ""), ("---", ""), ("---", "...")))
        lines = [*self._between(0), start, *self._block(root, 0), end]
        newline = self.random.choice(("\n", "\n", "\r\n"))
        text = newline.join(line for line in lines if line)
        mark = self.random.choice(("", "", "\ufeff"))
        return mark + text + self.random.choice((newline, newline, ""))

    def _does(self, habit: str) -> bool:
        return self.random.random() < self.habits[habit]

    # --- comments ---

    def _comment(self) -> str:
        self.comments += 1
        comment = self.random.choice(
            ("it's", '"so"', "- a: b", "[é, 😀", "a#b", "\t{{x}}")
        )
        return f"# {self.comments}: {comment}"

    def _between(self, depth: int) -> Iterator[str]:
        """Yield a comment on a line of its own."""
        if self._does("comments"):
            yield " " * (depth + self.random.choice((0, 0, 1))) + self._comment()

    def _behind(self) -> str:
        """Return a comment behind something."""
        gap = self.random.choice((" ", "  "))
        return gap + self._comment() if self._does("comments") else ""

    # --- blocks ---

    def _block(self, node: yaml.Node, depth: int) -> Iterator[str]:
        """Yield the lines of a list or mapping; the first one is part of it."""
        between = False
        for lead, value in self._parts(node):
            if between:
                yield from self._between(depth)
            between = True
            yield from self._part(" " * depth + lead, value, depth)

    def _parts(self, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
        if isinstance(node, yaml.SequenceNode):
            yield from (("-", item) for item in node.value)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield f"{self._scalar(key)}:", value

    def _part(self, lead: str, value: yaml.Node, depth: int) -> Iterator[str]:
        if isinstance(value, yaml.ScalarNode):
            yield from self._value_lines(lead, value, depth)
        elif not value.value or self._does("brackets"):
            yield f"{lead} {self._flow(value)}{self._behind()}"
        elif lead.endswith("-") and not self._does("breaks"):
            first, *others = self._block(value, depth + 2)
            yield from (f"{lead} {first.lstrip()}", *others)
        else:
            is_list = isinstance(value, yaml.SequenceNode) and not lead.endswith("-")
            deeper = self.dash if is_list else self.indentation
            yield lead + self._behind()
            yield from self._between(depth + deeper)
            yield from self._block(value, depth + deeper)

    def _value_lines(
        self, lead: str, value: yaml.ScalarNode, depth: int
    ) -> Iterator[str]:
        deeper = " " * (depth + self.indentation)
        text = value.value
        is_line = _BARE.fullmatch(text) and value.tag == _TEXT
        if is_line and self._does("blocks"):
            yield f"{lead} {self.random.choice(('|-', '>-'))}{self._behind()}"
            yield deeper + text
        elif text and self._does("breaks"):
            yield lead + self._behind()
            yield deeper + self._scalar(value) + self._behind()
        else:
            yield f"{lead} {self._scalar(value)}{self._behind()}"

    # --- the rest of a line ---

    def _scalar(self, node: yaml.ScalarNode) -> str:
        text = str(node.value)
        if node.style is None and node.tag != _TEXT:
            return text
        is_bare = _BARE.fullmatch(text) and text.lower() not in _OTHERS
        if is_bare and not self._does("quotes"):
            return text
        if text.isprintable() and self.random.random() < 0.5:
            return "'" + text.replace("'", "''") + "'"
        literal = json.dumps(text, ensure_ascii=False)
        return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in literal)

    def _flow(self, node: yaml.Node) -> str:
        space, comma = self.random.choice(("", " ")), self.random.choice((", ", ","))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return f"[{space}{comma.join(map(self._flow, node.value))}{space}]"
        pairs = (f"{self._scalar(k)}: {self._flow(v)}" for k, v in node.value)
        return f"{{{space}{comma.join(pairs)}{space}}}"
