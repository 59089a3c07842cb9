"""A folder of a stranger: modules that leave a mark when Python imports them."""

import subprocess
import sys
from pathlib import Path

MODULES = (
    *("asyncio", "black", "concurrent", "copier", "encodings", "ensurepip", "hashlib"),
    *("json", "logging", "mcp", "multiprocessing", "naftiko_gen", "os", "pip", "re"),
    *("runpy", "shlex", "signal", "sitecustomize", "socket", "starlette", "typing"),
    *("training_runs", "usercustomize", "uvicorn", "venv", "watchfiles", "yaml"),
)
MARK = "open({mark!r}, 'w').close()\nraise SystemExit('imported from the folder')\n"


def fill(folder: Path, modules: tuple[str, ...] = MODULES) -> Path:
    """Write each module as a package, and prove that a careless start runs one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in modules:
        package = folder / name
        package.mkdir()
        code = MARK.format(mark=str(folder / f"{name}.imported"))
        (package / "__init__.py").write_text(code, encoding="utf-8")
    careless = [sys.executable, "-m", "json.tool", "--help"]
    subprocess.run(careless, cwd=folder, capture_output=True, check=False)
    assert imported_modules(folder), "the modules can't show that they are imported"
    for mark in folder.glob("*.imported"):
        mark.unlink()
    return folder


def imported_modules(folder: Path) -> list[str]:
    """Return the modules that were imported."""
    return sorted(mark.stem for mark in folder.glob("*.imported"))
