"""Write `docs/published-apis.md`: published OpenAPI documents, here and in FastMCP.

    PYTHONPATH=tests:tests/foreign python tests/benchmarks/foreign_apis.py [NAME...]

Both read the same documents in this run, one after another; FastMCP is installed below
`.cache/fastmcp/`. Times are seconds of processor time, of all processes. The row of a
document is written as soon as it is measured, so that a run that is stopped loses none.
"""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from calling import LIST
from published_documents import DOCUMENTS, Document, operations

from naftiko_gen.openapi.prose import token_count

ROOT = Path(__file__).parents[2]

PAGE = ROOT / "docs" / "published-apis.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
HEADER = """\
| document | KiB | operations | tools | import s | compile s | tests s | tokens \
| FastMCP: tools | start s | tokens |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
ENVIRONMENT = ROOT / ".cache" / "fastmcp"
FASTMCP = ("fastmcp>=4,<5", "httpx")
LIMIT = 600.0
"""Seconds that a program may take."""
LIST_FASTMCP = """
import asyncio, json, sys, httpx, logging
from fastmcp import Client, FastMCP

logging.disable()
document = json.load(sys.stdin)
server = FastMCP.from_openapi(
    openapi_spec=document, client=httpx.AsyncClient(base_url="http://127.0.0.1:9")
)

async def main():
    async with Client(server) as client:
        tools = await client.list_tools()
    options = {"mode": "json", "by_alias": True, "exclude_none": True}
    print(json.dumps([tool.model_dump(**options) for tool in tools]))

asyncio.run(main())
"""


@dataclass(frozen=True)
class Run:
    """The output of a program that ended well, or else None, and its processor time."""

    output: str | None
    seconds: float
    error: str = ""

    @property
    def tools(self) -> list[Any]:
        """Return the tools that it printed."""
        tools: list[Any] = (
            json.loads(self.output.splitlines()[-1]) if self.output else []
        )
        return tools


def run(command: Sequence[str | Path], text: str = "", place: Path = ROOT) -> Run:
    """Run a program in a directory until its end."""
    before = _children()
    process = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        cwd=place,
        timeout=LIMIT,
        check=False,
    )
    seconds = _children() - before
    error = process.stderr.strip().splitlines()[-1:] or [""]
    return Run(None if process.returncode else process.stdout, seconds, error[0])


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def tokens(tools: Iterable[Any]) -> int:
    """Return about how many tokens a list of tools has."""
    texts = (
        json.dumps(tool, separators=(",", ":"), ensure_ascii=False) for tool in tools
    )
    return sum(map(token_count, texts))


def row(name: str, document: Document, directory: Path) -> str:
    """Measure both with a document; return the line of the table."""
    ours = _ours(name, document, directory)
    theirs = _theirs(document)
    size = document.file.stat().st_size // 1024
    return f"| {name} | {size:,} | {operations(document):,} | {ours} | {theirs} |\n"


def _ours(name: str, document: Document, directory: Path) -> str:
    spec = directory / f"{name}.yaml"
    compiler = Path(sys.executable).with_name("naftiko-gen")
    importing = run([compiler, "import", document.file, "-o", spec, *document.options])
    if importing.output is None:
        return f"{importing.error} | | | |"
    compiling = run([compiler, spec, "-o", directory, "--no-config", "-q"])
    if compiling.output is None:
        return f"{compiling.error} | | | |"
    project = directory / name
    testing = run([sys.executable, "-m", "pytest", "-q"], place=project)
    module = name.replace("-", "_")
    program = LIST.replace("MODULE", module).replace("RUNTIME", f"{module}._runtime")
    listing = run([sys.executable, "-c", program], place=project)
    duration = f"{testing.seconds:.1f}" if testing.output else "failed"
    return (
        f"{len(listing.tools):,} | {importing.seconds:.1f} | {compiling.seconds:.1f} "
        f"| {duration} | {tokens(listing.tools):,}"
    )


def _theirs(document: Document) -> str:
    process = run(
        [fastmcp(), "-c", LIST_FASTMCP], json.dumps(document.content, default=str)
    )
    if process.output is None:
        return "refused | | "
    return f"{len(process.tools):,} | {process.seconds:.1f} | {tokens(process.tools):,}"


def fastmcp() -> Path:
    """Return the Python of an environment with FastMCP."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *FASTMCP], check=True)
    return python


def with_row(page: str, name: str, line: str) -> str:
    """Return the page with the row of a document; rows are in the documents' order."""
    before, _, rest = page.partition(BEGIN)
    table, _, after = rest.partition(END)
    rows = {
        entry.split(" | ")[0].removeprefix("| "): entry for entry in table.splitlines()
    }
    rows[name] = line.rstrip("\n")
    lines = "".join(f"{rows[document]}\n" for document in DOCUMENTS if document in rows)
    return "".join([before, BEGIN, "\n", HEADER, lines, "\n", END, after])


def main(arguments: Sequence[str]) -> None:
    """Measure documents, all unless some are named; print and write their rows."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DOCUMENTS))
    names = parser.parse_args(arguments).names or [*DOCUMENTS]
    if unknown := set(names) - set(DOCUMENTS):
        parser.error(f"unknown documents: {', '.join(sorted(unknown))}")
    print(HEADER, end="", flush=True)
    for name in names:
        with TemporaryDirectory() as directory:
            line = row(name, DOCUMENTS[name], Path(directory))
        print(line, end="", flush=True)
        page = with_row(PAGE.read_text("utf-8"), name, line)
        PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
