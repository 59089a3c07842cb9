"""The files of a capability's skills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from naftiko_gen.emit.code.render import markdown_file
from naftiko_gen.emit.docs.skill import (
    named_skills,
    own_text_view,
    reference_directory,
    reference_views,
    skill_view,
)

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

    def _files(self, name: str, skill: Skill) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a skill; beside the author's text, ours is a reference."""
        view = skill_view(name, skill, self.emission)
        front = markdown_file("skill/front_matter.md.jinja", view)
        body = markdown_file("skill/body.md.jinja", view)
        if skill.text is None:
            yield "SKILL.md", front + body
        else:
            own_view = own_text_view(skill, skill.text, self.emission)
            text = markdown_file("skill/own_text.md.jinja", own_view)
            yield "SKILL.md", front + text
            yield f"{reference_directory(skill)}.md", body
        for path, reference in reference_views(skill, self.emission):
            yield path, markdown_file("skill/reference.md.jinja", reference)
        for file in skill.own_files:
            yield file.path, file.content
