"""The files of a capability's skills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.render import markdown_file
from naftiko_gen.emit.docs.skill import named_skills, reference_views, skill_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Skill


@dataclass(frozen=True)
class SkillFiles:
    """The files of each skill, rendered once."""

    emission: Emission

    @cached_property
    def contents(self) -> dict[str, dict[str, bytes]]:
        """Return the files of each skill by its name: their contents by path."""
        return {
            name: dict(self._files(name, skill))
            for name, skill in named_skills(self.emission.capability)
        }

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """Return the files of each skill by its name: their texts by path."""
        return {
            name: {path: content.decode() for path, content in files.items()}
            for name, files in self.contents.items()
        }

    def _files(self, name: str, skill: Skill) -> Iterator[tuple[str, bytes]]:
        view = skill_view(name, skill, self.emission)
        yield "SKILL.md", markdown_file("skill/SKILL.md.jinja", view)
        for path, reference in reference_views(skill, self.emission):
            yield path, markdown_file("skill/reference.md.jinja", reference)
