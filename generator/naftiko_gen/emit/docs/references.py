"""The references of a large skill: files with the entries of a part of the API.

An agent reads `SKILL.md` whole whenever it uses the skill, but a reference only when it
needs one of its entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir import primary_operation
from naftiko_gen.language.names import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from naftiko_gen.emit.docs.entries import Entry
    from naftiko_gen.ir import Capability

MOST_ENTRIES = 40
"""`SKILL.md` itself has up to this number of entries."""
MOST_REFERENCES = 300
"""Further parts share one reference, so that `SKILL.md` has less than 500 lines."""
_SHOWN = 5
_LONGEST_NAME = 60
_OTHERS = "other"


@dataclass(frozen=True)
class Reference:
    """A file of entries; its name has no suffix."""

    directory: str
    name: str
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Return its path from the directory of the skill."""
        return f"{self.directory}/{self.name}.md"

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the first titles, for the index."""
        return tuple(entry.title for entry in self.entries[:_SHOWN])

    @property
    def has_more(self) -> bool:
        """Return whether there are further titles."""
        return len(self.entries) > _SHOWN


def references(
    entries: Sequence[Entry], capability: Capability, directory: str
) -> tuple[Reference, ...]:
    """Return the references in a skill with these entries; none if it is small.

    The entries of an adapter are a reference if there are several. Otherwise those are,
    whose paths begin with the same words.
    """
    if len(entries) <= MOST_ENTRIES:
        return ()
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_group(entry, capability), []).append(entry)
    return tuple(
        Reference(directory, name, tuple(groups[name]))
        for name in _limit_groups(groups)
    )


def _limit_groups(groups: dict[str, list[Entry]]) -> Iterable[str]:
    """Return the names of the groups; those beyond the limit become one."""
    names = sorted(groups)
    beyond = [name for name in names[MOST_REFERENCES - 1 :] if name != _OTHERS]
    if len(names) <= MOST_REFERENCES:
        return names
    for name in beyond:
        groups.setdefault(_OTHERS, []).extend(groups.pop(name))
    return sorted(groups)


def _group(entry: Entry, capability: Capability) -> str:
    for adapter in capability.mcp if len(capability.mcp) > 1 else ():
        if any(tool is entry.tool for tool in adapter.tools):
            return _name(adapter.namespace)
    unit = entry.tool or entry.route
    operation = primary_operation(unit.implementation) if unit else None
    texts = operation.path if operation else ()
    literal = "".join(text if isinstance(text, str) else "/" for text in texts)
    return _name(" ".join([part for part in literal.split("/") if part][:2]))


def _name(text: str) -> str:
    """Return a portable name of a file."""
    ascii_text = "-".join(words(text)).lower().encode("ascii", "ignore").decode()
    return ascii_text[:_LONGEST_NAME].strip("-") or _OTHERS
