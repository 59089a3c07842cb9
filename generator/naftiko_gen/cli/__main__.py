"""Starts the command line when `naftiko_gen.cli` is run as a module."""

import sys

from naftiko_gen.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
