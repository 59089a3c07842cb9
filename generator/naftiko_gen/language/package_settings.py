"""The table of the settings that generated packages read from their environment.

Credentials and other variables of a spec come on top of these. The README of a package,
its command `check` and the table in `docs/operating.md` are made of these rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from naftiko_gen.language.names import env_name

IN_FILE = "_FILE"
"""The end of the variable that names the file of a secret."""


@dataclass(frozen=True)
class Form:
    """The form of a setting's value, which `check` holds it against.

    Attributes:
        kind: `text`, `switch`, `seconds`, `number`, `choice` or `file` (a path).
        low: The least number.
        high: The greatest number.
        choices: The words of a choice.
    """

    kind: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()


TEXT = Form("text")
SWITCH = Form("switch")
SECONDS = Form("seconds")
FILE = Form("file")


def number(low: int, high: int) -> Form:
    """Return the form of whole numbers in a range."""
    return Form("number", low, high)


def choice(*words: str) -> Form:
    """Return the form of a value that is one of several words."""
    return Form("choice", choices=words)


@dataclass(frozen=True)
class PackageSetting:
    """A setting, whose environment variable begins with the name of its owner.

    Attributes:
        name: The variable's name without the owner's in front.
        default: The value of an unset variable, as the variable would hold it. It is
            empty if the setting has none, or if the spec decides.
        meaning: A description for users; `{owner}` stands for the owner's name.
        form: The form of its value.
        readers: The packages or adapters that read it, if not all of them do.
        is_secret: Whether the variable `_FILE` may name a file with the value.
        usual: The default in words, if it is no fixed value.
        is_shared: Whether the name is the whole variable, as other programs have it.
    """

    name: str
    default: str
    meaning: str
    form: Form = TEXT
    readers: str = ""
    is_secret: bool = False
    usual: str = ""
    is_shared: bool = False

    def variable(self, owner: str) -> str:
        """Return the environment variable of a package, an adapter or an upstream."""
        if self.is_shared:
            return self.name
        return setting_name(owner, self.name)

    def meaning_for(self, owner: str) -> str:
        """Return the description of that owner's setting."""
        return self.meaning.replace("{owner}", owner)


def setting_name(*words: str) -> str:
    """Return the environment name of a setting: its words with underscores between."""
    return env_name("_".join(words))


# --- of a package ----------------------------------------------------------------

_CALLING = "packages that call an upstream"
_SCRIPTED = "packages with scripts"

TIMEOUT = PackageSetting(
    "TIMEOUT", "30", "seconds for one upstream call, in all", SECONDS
)
STEPS_TIMEOUT = replace(
    TIMEOUT, meaning="seconds for one upstream call, or for all steps of a function"
)
"""`TIMEOUT` of packages with steps."""
MAX_CONCURRENCY = PackageSetting(
    "MAX_CONCURRENCY",
    "1000",
    "upstream calls at once, per worker",
    number(1, 1_000_000),
    _CALLING,
)
MAX_CONNECTIONS = PackageSetting(
    "MAX_CONNECTIONS",
    "15000",
    "connections of clients at once, per worker",
    number(1, 1_000_000),
)
TRUST_ENV = PackageSetting(
    "TRUST_ENV", "0", "1 uses the proxies of the environment", SWITCH, _CALLING
)
TRUST_NETRC = PackageSetting(
    "TRUST_NETRC",
    "0",
    "1 logs in by https where the file `.netrc` names the host, and the spec has no "
    "credential",
    SWITCH,
    _CALLING,
)
KEEP_ALIVE = PackageSetting(
    "KEEP_ALIVE",
    "75",
    "seconds that an idle connection of a client stays open, 5 if half are in use; "
    "longer than a proxy keeps it",
    number(1, 3600),
)
STOP_NOTICE = PackageSetting(
    "STOP_NOTICE",
    "1",
    "seconds for which connections are accepted after SIGTERM, before calls finish",
    number(0, 3600),
)
ALLOW_OPEN = PackageSetting(
    "ALLOW_OPEN",
    "0",
    "1 lets adapters without authentication listen beyond loopback",
    SWITCH,
)
LOG_FORMAT = PackageSetting(
    "LOG_FORMAT",
    "text",
    "the form of the log: with `json`, each line is a JSON object",
    choice("text", "json"),
)
AUDIT = PackageSetting(
    "AUDIT",
    "",
    "the file to which the audit is appended, or `stderr`; no audit without it",
)
AUDIT_KEY = PackageSetting(
    "AUDIT_KEY",
    "",
    "a key of digests of arguments in the audit; no digests without it",
    is_secret=True,
)
PARTIAL = PackageSetting(
    "PARTIAL",
    "0",
    "1 starts without missing credentials",
    SWITCH,
    "packages with credentials",
)
CONTROL_PORT = PackageSetting(
    "CONTROL_PORT",
    "",
    "the port of the control endpoints; none without it",
    number(0, 65535),
)
CONTROL_HOST = PackageSetting(
    "CONTROL_HOST", "127.0.0.1", "where the control endpoints listen"
)

SCRIPTS = PackageSetting(
    "SCRIPTS",
    "0",
    "1 permits the scripts of the package, each in a process without files and network;"
    " `unconfined` where the system can't confine them",
    choice("0", "1", "unconfined"),
    _SCRIPTED,
)
SCRIPTS_AT_ONCE = PackageSetting(
    "SCRIPTS_AT_ONCE",
    "",
    "scripts at once, per worker; as many as there are processors without it",
    number(1, 256),
    _SCRIPTED,
    usual="the processors",
)

TRACE_UPSTREAM = PackageSetting(
    "TRACE_UPSTREAM",
    "",
    "w3c or b3 tells upstreams of the trace of a call, in the header traceparent or b3",
    choice("w3c", "b3", "none"),
    _CALLING,
    usual="the spec's, or `none`",
)

CONTROL = (CONTROL_PORT, CONTROL_HOST)
ALWAYS = (
    *(TIMEOUT, MAX_CONCURRENCY, MAX_CONNECTIONS, KEEP_ALIVE, STOP_NOTICE),
    *(TRUST_ENV, TRUST_NETRC, ALLOW_OPEN),
    *(LOG_FORMAT, AUDIT, AUDIT_KEY),
    *CONTROL,
    TRACE_UPSTREAM,
)
"""Settings of every package; those of calls only if it calls an upstream.

`PARTIAL` is one of packages with optional credentials, `SCRIPTS` and
`SCRIPTS_AT_ONCE` are settings of those with scripts.
"""
PACKAGE = (*ALWAYS, PARTIAL)
SCRIPTING = (SCRIPTS, SCRIPTS_AT_ONCE)

# --- of an adapter ---------------------------------------------------------------

_MCP = "MCP servers"

HOST = PackageSetting("HOST", "127.0.0.1", "where {owner} listens")
PORT = PackageSetting("PORT", "", "its port", number(0, 65535), usual="the spec's")
ALLOWED_HOSTS = PackageSetting(
    "ALLOWED_HOSTS", "", "other names of the adapter, behind a proxy"
)
ALLOWED_ORIGINS = PackageSetting(
    "ALLOWED_ORIGINS", "", "further values of `Origin`; a proxy has to add CORS headers"
)

TOKEN = PackageSetting(
    "TOKEN",
    "",
    "a token; if it is set, clients of {owner} have to send it as "
    "`Authorization: Bearer`",
    readers="adapters without `authentication` in the spec",
    is_secret=True,
)

MAX_RESULT = PackageSetting(
    "MAX_RESULT",
    "",
    "bytes of an answer above which tools of {owner} cut a list",
    number(1_000, 9_999_999),
    "MCP servers with lists",
    usual="the spec's, or 100000",
)
"""A setting of MCP servers whose tools answer with lists."""

PAGES = PackageSetting(
    "PAGES",
    "closed",
    "with `open`, everybody may read the pages of {owner}, and call nothing",
    choice("closed", "open"),
    readers="REST adapters and MCP servers",
)

UNKNOWN = PackageSetting(
    "UNKNOWN",
    "refuse",
    "with `ignore`, {owner} ignores queries, members, bodies and conditions of requests"
    " that a route doesn't declare",
    choice("refuse", "ignore"),
    readers="REST adapters",
)

LISTENER = (HOST, PORT, ALLOWED_HOSTS, ALLOWED_ORIGINS)
"""Settings of every adapter."""
ADAPTER = (*LISTENER, TOKEN)
"""Settings of adapters; `TOKEN` is one of those without `authentication`."""

TOOLS = PackageSetting(
    "TOOLS",
    "",
    "patterns of names, with commas between: the only tools of {owner}",
    readers=_MCP,
)
READ_ONLY = PackageSetting(
    "READ_ONLY",
    "0",
    "1 leaves out the tools of {owner} that change something",
    SWITCH,
    _MCP,
)
TOOL_CHOICE = (TOOLS, READ_ONLY)
"""Settings of MCP adapters."""

# --- of an upstream --------------------------------------------------------------

BASE_URI = PackageSetting("BASE_URI", "", "the address of {owner}", usual="the spec's")

UPSTREAM = (BASE_URI,)

# --- of a process ----------------------------------------------------------------

SSL_CERT_FILE = PackageSetting(
    "SSL_CERT_FILE",
    "",
    "a PEM file of the authorities to trust, as in other programs with OpenSSL",
    FILE,
    readers=_CALLING,
    usual="the system's",
    is_shared=True,
)
PLATFORM_PORT = PackageSetting(
    "PORT",
    "",
    "the port of the first adapter, as Cloud Run and others set it; the adapter's own"
    " variable and --port win",
    number(0, 65535),
    readers="packages with a port whose spec has no such variable",
    is_shared=True,
)
PROCESS = (PLATFORM_PORT, SSL_CERT_FILE)
"""Settings whose names don't depend on the spec."""

TABLE = {
    "<SLUG>": (*PACKAGE, *SCRIPTING),
    "<ADAPTER>": (*ADAPTER, PAGES, UNKNOWN, MAX_RESULT, *TOOL_CHOICE),
    "<UPSTREAM>": UPSTREAM,
    "": PROCESS,
}
"""All settings, by the words for their owners."""
