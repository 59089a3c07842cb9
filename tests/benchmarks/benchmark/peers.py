"""The needs of contests: an environment for the servers, nginx, wrk, the package."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".cache" / "benchmarks"
RUNTIME = ROOT / "templates" / "runtime"
"""The directory from which Python imports the runtime of this checkout."""
SPEC = Path(__file__).with_name("documents.yaml")
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Debian's, which is an optimised build."""
PROGRAMS = ("nginx", "wrk", "openssl")
REQUIREMENTS = (
    "aiohttp>=3.14,<4",
    "fastapi",
    "fastmcp>=4,<5",
    "httptools",
    "httpx",
    "mcp>=2.3,<3",
    "opentelemetry-sdk",
    "orjson>=3.11,<4",
    "PyJWT[crypto]>=2.12,<3",
    "pyreqwest",
    "starlette>=1.3,<2",
    "uvicorn>=0.38,<1",
    "uvloop",
)


@dataclass(frozen=True, slots=True)
class Peers:
    """The Python of the servers' environment."""

    python: Path

    def describe(self) -> dict[str, str]:
        """Describe the software below the servers."""
        return {
            "servers' Python": describe_python(self.python),
            "servers' packages": ", ".join(self._versions()),
            "nginx": _output("nginx", "-v").removeprefix("nginx version: "),
        }

    def _versions(self) -> list[str]:
        names = {requirement.split(">")[0] for requirement in REQUIREMENTS}
        (packages,) = self.python.parents[1].glob("lib/python3.*/site-packages")
        all_distributions = distributions(path=[str(packages)])
        return sorted(
            f"{distribution.name} {distribution.version}"
            for distribution in all_distributions
            if distribution.name in names
        )


def install() -> Peers:
    """Make the environment if it isn't there, and see that it is complete."""
    home = CACHE / "venv"
    python = home / "bin" / "python"
    if not python.exists():
        base = SYSTEM_PYTHON if SYSTEM_PYTHON.exists() else Path(sys.executable)
        subprocess.run([base, "-m", "venv", home], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)
    return Peers(python)


def programs_ready() -> bool:
    """Install the programs where that is possible, else name them."""
    if _missing() and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get("update")
        _apt_get("install", "--no-install-recommends", "--yes", *_missing())
    if missing := _missing():
        names = " ".join(missing)
        print(f"REST and MCP are left out; apt-get install {names}", file=sys.stderr)
    return not missing


def compiler() -> Path:
    """Return the compiler's command, which is beside the Python that runs this."""
    return Path(sys.executable).with_name("naftiko-gen")


def generate(directory: Path, *options: str) -> Path:
    """Compile the benchmark's capability; returns the project that was written."""
    arguments: tuple[str | Path, ...] = (SPEC, "-o", directory, *options)
    subprocess.run([compiler(), *arguments], check=True, capture_output=True)
    return directory / SPEC.stem


def describe_python(python: Path) -> str:
    """Say which Python it is, who built it and where it is installed."""
    program = "import sys; print(sys.version, 'in', sys.base_prefix)"
    return _output(python, "-c", program)


def _missing() -> list[str]:
    return [program for program in PROGRAMS if not shutil.which(program)]


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "-qq", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _output(*command: str | Path) -> str:
    process = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return process.stdout.strip()
