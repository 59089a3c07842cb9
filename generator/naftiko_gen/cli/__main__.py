"""The start of the command line, and of `python -P -m naftiko_gen.cli`."""

import sys


def main() -> int:
    """Run the command line; an interrupt ends it silently from the first import on."""
    try:
        from naftiko_gen.cli import main as cli

        return cli.main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
