"""The code that the packages of naftiko-gen share."""

import os
import signal
import sys

__version__ = "1.0.0"

# A container's first process ignores SIGTERM until it has a handler, so `python -m` of
# a package has one while it imports its libraries.
if os.getpid() == 1 and sys.argv[:1] == ["-m"]:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
