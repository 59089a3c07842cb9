"""The parser for installations of PyYAML without libyaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.scanner import ScannerError

if TYPE_CHECKING:
    from yaml.error import Mark


class PureLoader(yaml.BaseLoader):
    """PyYAML's own parser, adapted to libyaml's treatment of tabs and escapes."""

    def scan_to_next_token(self) -> None:
        """Accept tabs between tokens, but not as indentation."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: Mark) -> list[str]:
        """Refuse escapes beyond U+10FFFF with an error that has a position."""
        try:
            return super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError) as error:
            raise ScannerError(
                "while scanning a double-quoted scalar",
                start_mark,
                "found invalid Unicode character escape code",
                start_mark,
            ) from error
