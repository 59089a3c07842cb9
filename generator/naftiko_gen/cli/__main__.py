"""Starts the command line as `python -m naftiko_gen.cli`."""

import sys

from naftiko_gen.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
