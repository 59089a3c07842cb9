"""Tools of a skill that an agent may use without asking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models

_ENTRY = re.compile(r"[^\s,(]*(?:\([^)]*\)?)|[^\s,(]+")
"""An entry of `allowed-tools`; parentheses restrict it to some arguments."""
_NAME = re.compile(r"(?!mcp__)[A-Za-z0-9][A-Za-z0-9_-]*", re.IGNORECASE)
_TOOLS_OF_AGENTS = frozenset(
    (
        *("agent", "applypatch", "bash", "bashoutput", "browser", "cmd", "command"),
        *("computer", "createfile", "deletefile", "edit", "editfile", "exec"),
        *("execute", "executecommand", "exitplanmode", "fetch", "glob", "grep"),
        *("killbash", "killshell", "listdirectory", "ls", "multiedit", "notebookedit"),
        *("notebookread", "powershell", "pwsh", "python", "read", "readfile"),
        *("readmanyfiles", "replace", "run", "runcommand", "runshellcommand"),
        *("runterminalcmd", "runinterminal", "search", "sh", "shell", "skill"),
        *("slashcommand", "strreplacebasededittool", "strreplaceeditor", "task"),
        *("terminal", "todowrite", "view", "web", "webfetch", "websearch", "write"),
        *("writefile", "zsh"),
    )
)
"""Names of agents' built-in tools, without case and punctuation.

An agent would take a tool of the package with such a name for its own.
"""


def allowed_tools(
    skill: models.Skill, exposed: Iterable[str], report: Report
) -> Iterator[str]:
    """Yield the allowed tools that belong to the skill; report the others.

    A skill without tools has all tools of the package.
    """
    own = _own(skill) if skill.tools else {*exposed}
    for name in dict.fromkeys(_ENTRY.findall(skill.allowed_tools or "")):
        if name in own and _is_of_package(name):
            yield name
        else:
            message = f"{quote(name)} is ignored: this skill has no such tool"
            span = skill.node.value_span("allowed-tools")
            report.add(Code.IGNORED_PERMISSION, message, span)


def _own(skill: models.Skill) -> set[str]:
    sources = [(tool.name, tool.source) for tool in skill.tools if tool.source]
    return {name for tool, source in sources for name in (tool, source.action)}


def _is_of_package(name: str) -> bool:
    letters = re.sub("[_-]", "", name).lower()
    return _NAME.fullmatch(name) is not None and letters not in _TOOLS_OF_AGENTS
