"""The adapter that serves the skills of a package."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from starlette.types import ASGIApp

from ..values import JsonObject
from .program import (
    Adapter,
    Answer,
    Page,
    Pages,
    Program,
    State,
    content,
    document,
    guard_pages,
)

MEDIA_TYPES = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
"""The media types of files that browsers show; others are downloaded."""
BYTES = "application/octet-stream"
# The earliest time that archives can have: equal skills have equal archives.
TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16


@dataclass(frozen=True, slots=True)
class SkillAdapter(Adapter):
    """A catalogue of skills; `module` names the package's JSON document of them."""

    kind = "skill"
    factory = ""
    path = "/skills"
    words = "skills"

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application, whose pages don't depend on the state."""
        del state
        text = files(program.package).joinpath(f"{self.module}.json").read_bytes()
        pages = dict(_pages(json.loads(text)))
        return guard_pages(Pages(pages), self.variables, **options)


def _pages(skills: list[JsonObject]) -> Iterator[tuple[str, Page]]:
    """Yield the pages by their paths; none of them reads a file."""
    summaries = [_summary(skill["about"]) for skill in skills]
    catalogue = {"count": len(summaries), "skills": summaries}
    yield "/skills", _constant(document(catalogue))
    for skill in skills:
        about, contents = skill["about"], _contents(skill)
        root = f"/skills/{about['name']}"
        yield root, _constant(document(about))
        yield f"{root}/download", _constant(_archive(about["name"], contents))
        yield f"{root}/contents", _constant(document(_listing(about["name"], contents)))
        for path, body in contents.items():
            kind = (b"content-type", _media_type(path).encode())
            yield f"{root}/contents/{path}", _constant(content(body, kind))


def _constant(answer: Answer) -> Page:
    return lambda _: answer


def _summary(about: JsonObject) -> JsonObject:
    """Return a skill as the list of all skills shows it."""
    keys = ("name", "description", "license")
    summary: JsonObject = {key: about[key] for key in keys if key in about}
    return {**summary, "tools": [tool["name"] for tool in about["tools"]]}


def _contents(skill: JsonObject) -> dict[str, bytes]:
    """Return the contents of a skill's files: texts, and bytes in base64."""
    contents = {path: text.encode() for path, text in skill["files"].items()}
    for path, text in skill.get("bytes", {}).items():
        contents[path] = b64decode(text)
    return dict(sorted(contents.items()))


def _listing(name: str, contents: Mapping[str, bytes]) -> JsonObject:
    files = [
        {"path": path, "size": len(body), "type": _media_type(path)}
        for path, body in contents.items()
    ]
    return {"name": name, "files": files}


def _archive(name: str, contents: Mapping[str, bytes]) -> Answer:
    """Return a ZIP archive of a skill's files, uncompressed."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as writer:
        for path, body in contents.items():
            entry = ZipInfo(path, TIME)
            entry.external_attr = READABLE
            writer.writestr(entry, body)
    return content(
        archive.getvalue(),
        (b"content-type", b"application/zip"),
        (b"content-disposition", f'attachment; filename="{name}.zip"'.encode()),
    )


def _media_type(path: str) -> str:
    return MEDIA_TYPES.get(path.rpartition(".")[2].lower(), BYTES)
