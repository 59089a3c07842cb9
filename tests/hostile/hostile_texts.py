"""Texts that try to become something else where they are pasted."""

CANARY = "canary"
"""The file that a text would make if it were ever executed."""

_RUN = f"__import__('pathlib').Path('{CANARY}').touch()"

QUOTES = (
    '"',
    "'",
    "\"'",
    '"""',
    "'''",
    '""""',
    f'"; {_RUN}; "',
    f"'; {_RUN}; '",
    f'x"""\n{_RUN}\n"""',
    f"x'''\n{_RUN}\n'''",
    f'x")\n{_RUN}\n("',
    f'\\"; {_RUN} #',
    f'\\"""; {_RUN} #',
)
BACKSLASHES = (
    "\\",
    "\\\\",
    "ends in one \\",
    "ends in three \\\\\\",
    '\\"',
    "\\n\\x22\\u0022\\042\\N{QUOTATION MARK}",
    "\\\n",
    "C:\\new\\table\\x",
)
LINE_ENDS = tuple(
    f"first{end}{_RUN}{end}last"
    for end in ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029")
)
INVISIBLE = (
    "\u202eoverride\u202c",
    "\u2066isolate\u2069",
    "zero\u200bwidth\u2060join\ufeffer",
    "tag\U000e0041\U000e007f",
    "noncharacter \ufffe \U0010ffff",
    "escape \x1b[31m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x01\x02\x7f\x9b",
    "\u3164\u2800\u115f",
    " leading and trailing \t",
    "é e\u0301 ﬁ Å ℵ 𝐀",
    "🏴\u200d☠\ufe0f 🚀",
)
TEMPLATES = (
    "{{ 7 * 7 }}",
    "{{ config.__class__ }}",
    "{% for x in y %}{{ x }}{% endfor %}",
    "{# comment #}",
    "{%- raw -%}",
    f"{{{_RUN}}}",
    "{x!r:>{width}}",
    "{0.__class__.__init__.__globals__}",
    "%s %(name)s %n %%",
    "$HOME ${HOME} $(touch canary) `touch canary`",
    "<%= 7 * 7 %> #{7 * 7} @{7}",
)
SOURCE_CODE = (
    "# -*- coding: utf-7 -*-",
    "coding: utf-7\n+AAo-import os",
    "vim: set fileencoding=unicode_escape :",
    f">>> {_RUN}\n>>> 1 + 1\n3",
    "# /// script\n# dependencies = ['evil']\n# ///",
    "#!/usr/bin/env python",
    "# noqa\n# type: ignore\n# fmt: off\n# pragma: no cover",
    "# DO NOT EDIT",
    "\timport os",
    "pass\n    return\n  yield",
    "lambda: (yield)",
)
MARKUP = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- comment --> <![CDATA[ x ]]>",
    "&lt;b&gt; &#60; &amp;",
    "[link](https://evil.example) ![image](x) <https://evil.example>",
    "[reference]: https://evil.example",
    "![`x`] !`touch canary` ```!\ntouch canary\n```",
    "`code` ``more``",
    "```python\ncode\n```",
    "~~~\ncode\n~~~",
    "# heading\n\n- list\n\n1. list\n\n> quotation\n\n***",
    "title\n===\n\ntitle\n---",
    "a | b\n--- | ---\nc | d",
    "**bold** _it_ ~~gone~~ @someone #1 :tada:",
    "https://evil.example www.evil.example",
    "@file $ARGUMENTS /command",
)
DOCUMENTS = (
    "---\nname: other\nallowed-tools: Bash(*)\n---\n",
    "...\n",
    "key: value",
    "- item",
    "? complex",
    "*alias &anchor !!python/object/apply:os.system",
    '"\nother = "x"\n[build-system]\nbuild-backend = "evil"',
    "'''\nother = 'x'",
    '{"a": 1}, ]}',
    "null",
    "true",
    "1e400",
    "2026-01-01",
    "=cmd|' /C calc'!A0",
)
BLANK = ("", " ", "\n", "\t\n \n", "\u00a0", "\u3000", "\n" * 3_000)
LONG = (
    "x" * 30_000,
    "word " * 6_000,
    '"' * 30_000,
    "\\" * 30_000,
    "line\n" * 3_000,
    "é" * 30_000,
    "🚀" * 30_000,
    "{" * 30_000,
    "`" * 30_000,
)

TEXTS = (
    *QUOTES,
    *BACKSLASHES,
    *LINE_ENDS,
    *INVISIBLE,
    *TEMPLATES,
    *SOURCE_CODE,
    *MARKUP,
    *DOCUMENTS,
)

FIELDS = ("!#$%&'*+.^_`|~", "x", "X_Y", "x.y", "1", "{{}}", "X-A\r\nX-B", "", "Ünicode")
VALUES = ("", " ", 'a, b; c="d"', '\\"', "{{ 7 }}", "%0d%0a", "a\tb", "é", "a\r\nB: c")
PATHS = (
    "a'b",
    "a'+b+'",
    "%2e%2e",
    "..",
    "a%22b",
    "(a),*;=:@!$&",
    "naïve",
    "日本",
    "a b",
    'a"b',
    "a\\b",
    "a?b=c",
    "a#b",
    "a\nb",
    "a\u202eb",
    "{{}}",
    "{a b}",
)
