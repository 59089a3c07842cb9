"""The code that the packages of naftiko-gen share."""

import os
import signal
import sys
from pathlib import Path

__version__ = "1.0.0"

# A container's first process ignores SIGTERM until it has a handler, so the command of
# a package, or `python -m`, has one while it imports its libraries.
_COMMANDS = ("-m", __name__.partition(".")[0].replace("_", "-"))
if os.getpid() == 1 and Path(*sys.argv[:1]).name.replace("_", "-") in _COMMANDS:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
