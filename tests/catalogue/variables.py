"""The environment of a package: the names and the values of its variables."""

import re
from typing import Any

from plain_yaml import TEMPLATE, Node

SHOUTED = re.compile(r"[A-Z][A-Z0-9_]*")


class Variables:
    """The variables of a document; each has its own value, unless one was chosen."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def bind(self, document: Node) -> None:
        for bind in document.get("binds") or []:
            self._names.update(bind.get("keys") or {})

    def binds(self, name: str) -> bool:
        return name in self._names

    def has(self, name: str) -> bool:
        is_bound = self.binds(name) or name.startswith("env.")
        return is_bound or (SHOUTED.fullmatch(name) is not None and len(name) > 1)

    def value(self, name: str, *, is_base: bool = False) -> str:
        return self.setting(self._variable(name), is_base=is_base)

    def setting(self, variable: str, *, is_base: bool) -> str:
        value = f"v{len(self.values)}"
        value = f"https://{value}.example" if is_base else value
        return self.values.setdefault(variable, value)

    def choose(self, template: str, value: str) -> None:
        """Set the value of the variable that is the whole of a template."""
        match = TEMPLATE.fullmatch(template)
        assert match
        self.values[self._variable(match[1])] = value

    def fill(self, text: Any) -> str:
        return TEMPLATE.sub(lambda match: self.value(match[1]), str(text))

    def _variable(self, name: str) -> str:
        bare = name.removeprefix("env.")
        return self._names.get(bare, bare)
