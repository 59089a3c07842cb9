"""A `python3` that copies a virtual environment, where commands say to make one.

An environment with pip takes five seconds of a processor, most of them for pip's
bytecode.
"""

from pathlib import Path

from environments import run

import hostile_folder

PROGRAM = """\
#!/bin/sh
set -e
if [ "$#" = 4 ] && [ "$1 $2 $3" = "-I -m venv" ] && [ ! -e "$4" ]; then
    cp -al "{made}" "$4"
    cd "$4"
    find bin -type f -exec sed -i "s|{made}|$PWD|g" {{}} +
else
    exec "{python}" "$@"
fi
"""
"""The files of a copy are links; its scripts name its own Python."""


def make_quick_python(root: Path, python: Path) -> None:
    """Write the program `bin/python3`, and make the environment that it copies.

    That is made in a stranger's folder, as by the GitHub Action.
    """
    environment = root / "made"
    hostile = hostile_folder.fill(root / "hostile folder")
    run(python, "-I", "-m", "venv", environment, cwd=hostile)
    assert hostile_folder.imported_modules(hostile) == []
    program = root / "bin" / "python3"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(made=environment, python=python), "utf-8")
    program.chmod(0o755)
