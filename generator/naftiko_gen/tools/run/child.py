"""Runs a package's command; a script for a process of its own.

It ends when its standard input does, so it never outlives who started it.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 3


def main() -> None:
    """Run the module that the arguments name, from the directory that they name."""
    project, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path.insert(0, project)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    # Nothing is ever written to it. A stream would be locked when the interpreter ends.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
