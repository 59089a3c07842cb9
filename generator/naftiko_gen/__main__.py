"""Starts the command line when `naftiko_gen` is run as a module, or by its name."""

import sys

from naftiko_gen.cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
