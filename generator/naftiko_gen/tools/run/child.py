"""The script of the child process that runs a package's command.

It ends when its standard input is closed, so it never outlives its parent process.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 3


def main() -> None:
    """Run a module of a project; the arguments name the project and the module."""
    project, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.path.insert(0, project)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    # The parent never writes, so the read returns when the pipe is closed. `sys.stdin`
    # would hold a lock that the interpreter needs at its exit.
    os.read(0, 1)
    if sys.platform == "win32":  # `kill` would end the process at once
        signal.raise_signal(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
