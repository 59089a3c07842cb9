"""The settings that every generated package reads from its environment.

Credentials and other variables of a spec come on top of these.
"""

from __future__ import annotations

from dataclasses import dataclass

from naftiko_gen.language.names import env_name


@dataclass(frozen=True)
class PackageSetting:
    """A setting, whose environment variable begins with the name of its owner.

    Attributes:
        name: The variable's name without the owner's in front.
        default: The value of an unset variable, as the variable would hold it. It is
            empty if the setting has none, or if the spec decides.
        meaning: A description for users; `{owner}` stands for the owner's name.
    """

    name: str
    default: str
    meaning: str

    def variable(self, owner: str) -> str:
        """Return the environment variable of a package, an adapter or an upstream."""
        return setting_name(owner, self.name)

    def meaning_for(self, owner: str) -> str:
        """Return the description of that owner's setting."""
        return self.meaning.replace("{owner}", owner)


def setting_name(*words: str) -> str:
    """Return the environment name of a setting: its words with underscores between."""
    return env_name("_".join(words))


# --- of a package ----------------------------------------------------------------

TIMEOUT = PackageSetting("TIMEOUT", "30", "seconds for one upstream call, in all")
STEPS_TIMEOUT = PackageSetting(
    "TIMEOUT", "30", "seconds for one upstream call, or for all steps of a function"
)
"""`TIMEOUT` of packages with steps."""
MAX_CONCURRENCY = PackageSetting(
    "MAX_CONCURRENCY", "1000", "upstream calls at once, per worker"
)
MAX_CONNECTIONS = PackageSetting(
    "MAX_CONNECTIONS", "15000", "connections of clients at once, per worker"
)
TRUST_ENV = PackageSetting("TRUST_ENV", "0", "1 uses the proxies of the environment")
ALLOW_OPEN = PackageSetting(
    "ALLOW_OPEN", "0", "1 lets adapters without authentication listen beyond loopback"
)
PARTIAL = PackageSetting("PARTIAL", "0", "1 starts without missing credentials")

SCRIPTS = PackageSetting(
    "SCRIPTS",
    "0",
    "1 permits the scripts of the package, each in a process without files and network;"
    " `unconfined` where the system can't confine them",
)
SCRIPTS_AT_ONCE = PackageSetting(
    "SCRIPTS_AT_ONCE",
    "",
    "scripts at once, per worker; as many as there are processors without it",
)

ALWAYS = (TIMEOUT, MAX_CONCURRENCY, MAX_CONNECTIONS, TRUST_ENV, ALLOW_OPEN)
"""Settings of every package; those of calls only if it calls an upstream.

`PARTIAL` is one of packages with optional credentials, `SCRIPTS` and
`SCRIPTS_AT_ONCE` are settings of those with scripts.
"""
PACKAGE = (*ALWAYS, PARTIAL)

# --- of an adapter ---------------------------------------------------------------

HOST = PackageSetting("HOST", "127.0.0.1", "where {owner} listens")
PORT = PackageSetting("PORT", "", "its port")
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
)

MAX_RESULT = PackageSetting(
    "MAX_RESULT", "", "bytes of an answer above which tools of {owner} cut a list"
)
"""A setting of MCP servers whose tools answer with lists."""

LISTENER = (HOST, PORT, ALLOWED_HOSTS, ALLOWED_ORIGINS)
"""Settings of every adapter."""
ADAPTER = (*LISTENER, TOKEN)
"""Settings of adapters; `TOKEN` is one of those without `authentication`."""

TOOLS = PackageSetting(
    "TOOLS",
    "",
    "patterns of names, with commas between: the only tools of {owner}",
)
READ_ONLY = PackageSetting(
    "READ_ONLY", "0", "1 leaves out the tools of {owner} that change something"
)
TOOL_CHOICE = (TOOLS, READ_ONLY)
"""Settings of MCP adapters."""

# --- of an upstream --------------------------------------------------------------

BASE_URI = PackageSetting("BASE_URI", "", "the address of {owner}")

UPSTREAM = (BASE_URI,)
