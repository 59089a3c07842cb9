"""The pattern of Python's string literals."""

STRING = r"""
    (?i:\b[bfru]{1,2})?
    (?: "{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* "{3}
      | '{3} [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '{3}
      | " [^"\\\n]* (?: \\. [^"\\\n]* )* " | ' [^'\\\n]* (?: \\. [^'\\\n]* )* ' )
"""
"""A string literal, as a verbose pattern in which a dot matches newlines."""
