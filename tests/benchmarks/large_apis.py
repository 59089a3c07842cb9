"""Print the cost of compiling large OpenAPI documents, as a table.

    PYTHONPATH=tests:tests/foreign python tests/benchmarks/large_apis.py [NAME...]

Seconds are processor time of all processes, for each delivery of the runtime. `shop`
is made up: 767 operations of an ordinary size. The other names are those of published
documents, which are fetched once.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from foreign_apis import run
from published_documents import DOCUMENTS, operations

from large_documents import large_document

SHOP, SHOP_OPERATIONS = "shop", 767
NAMES = (SHOP, "github", "kubernetes", "stripe")
DELIVERIES = ("vendored", "library")
HEADER = """\
| document | operations | spec KiB | compile s | of 767 operations | with a library s |
| --- | ---: | ---: | ---: | ---: | ---: |
"""


def source(name: str, directory: Path) -> tuple[list[str], int]:
    """Return the arguments that import a document, and how many operations it has."""
    if name == SHOP:
        file = directory / f"{SHOP}.json"
        file.write_text(json.dumps(large_document(SHOP_OPERATIONS)), encoding="utf-8")
        return [str(file)], SHOP_OPERATIONS
    document = DOCUMENTS[name]
    return [str(document.file), *document.options], operations(document)


def row(name: str, directory: Path) -> str:
    """Compile a document with each delivery; return the line of the table."""
    arguments, count = source(name, directory)
    spec = directory / f"{name}.yaml"
    compiler = Path(sys.executable).with_name("naftiko-gen")
    assert run([compiler, "import", *arguments, "-q", "-o", spec]).output is not None
    seconds = []
    for delivery in DELIVERIES:
        options = ["--runtime", delivery, "--no-config", "--no-cache", "-q"]
        compiling = run([compiler, spec, "-o", directory / delivery, *options])
        assert compiling.output is not None, compiling.error
        seconds.append(compiling.seconds)
    size = spec.stat().st_size // 1024
    share = seconds[0] * SHOP_OPERATIONS / count
    figures = (f"{figure:.1f}" for figure in (seconds[0], share, seconds[1]))
    return f"| {name} | {count:,} | {size:,} | {' | '.join(figures)} |\n"


def main(names: Sequence[str]) -> None:
    """Measure documents, the large ones unless some are named."""
    print(HEADER, end="", flush=True)
    for name in names or NAMES:
        with TemporaryDirectory() as directory:
            print(row(name, Path(directory)), end="", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
