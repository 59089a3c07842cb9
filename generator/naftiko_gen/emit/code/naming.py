"""Makes Python names of the names in a spec, apart from reserved ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from itertools import chain, count

from naftiko_gen.emit.literals import Code
from naftiko_gen.language.names import words


def names_in(words: str) -> frozenset[str]:
    """Return the names of a text."""
    return frozenset(words.split())


KEYWORDS = names_in("""
    _ and as assert async await break case class continue def del elif else except
    False finally for from global if import in is lambda match None nonlocal not or
    pass raise return True try type while with yield
    """)
"""Keywords, including soft ones."""

BUILTINS = names_in("""
    abs aiter all anext any ArithmeticError ascii AssertionError AttributeError
    BaseException BaseExceptionGroup bin BlockingIOError bool breakpoint
    BrokenPipeError BufferError bytearray bytes BytesWarning callable
    ChildProcessError chr classmethod compile complex ConnectionAbortedError
    ConnectionError ConnectionRefusedError ConnectionResetError copyright credits
    delattr DeprecationWarning dict dir divmod Ellipsis EncodingWarning enumerate
    EnvironmentError EOFError eval Exception ExceptionGroup exec exit
    FileExistsError FileNotFoundError filter float FloatingPointError format
    frozenset FutureWarning GeneratorExit getattr globals hasattr hash help hex id
    ImportError ImportWarning IndentationError IndexError input int InterruptedError
    IOError IsADirectoryError isinstance issubclass iter KeyboardInterrupt KeyError
    len license list locals LookupError map max MemoryError memoryview min
    ModuleNotFoundError NameError next NotADirectoryError NotImplemented
    NotImplementedError object oct open ord OSError OverflowError
    PendingDeprecationWarning PermissionError pow print ProcessLookupError property
    PythonFinalizationError quit range RecursionError ReferenceError repr
    ResourceWarning reversed round RuntimeError RuntimeWarning set setattr slice
    sorted staticmethod StopAsyncIteration StopIteration str sum super SyntaxError
    SyntaxWarning SystemError SystemExit TabError TimeoutError tuple type TypeError
    UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UnicodeTranslateError UnicodeWarning UserWarning ValueError vars Warning
    ZeroDivisionError zip
    """)
"""Names that would hide a builtin."""

STANDARD_LIBRARY = names_in("""
    abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop
    base64 bdb binascii bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code
    codecs codeop collections colorsys compileall concurrent configparser contextlib
    contextvars copy copyreg cProfile crypt csv ctypes curses dataclasses datetime
    dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc
    genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac
    html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools
    json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math
    mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt
    ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb
    pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint
    profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri
    random re readline reprlib resource rlcompleter runpy sched secrets select
    selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket
    socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig
    syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time
    timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
    turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave
    weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile
    zipimport zlib zoneinfo
    """)
"""Public top-level modules of the standard library."""

DEPENDENCIES = names_in("""
    annotated_types anyio ast_serialize attr attrs cffi click cryptography dotenv
    h11 httpcore2 httptools httpx2 idna
    iniconfig jsonschema jsonschema_specifications jwt librt mcp mcp_types
    multipart mypy mypy_extensions mypyc naftiko_runtime opentelemetry orjson packaging
    pathspec pip pluggy py pycparser pydantic pydantic_core pygments pytest
    python_multipart referencing rpds setuptools sse_starlette starlette truststore
    typing_extensions typing_inspection uvicorn uvloop watchfiles websockets yaml
    """)
"""Modules that are installed with an emitted project."""

STARTUP = names_in("sitecustomize usercustomize")
"""Modules that Python imports when it starts."""

COMMANDS = names_in("""
    2to3 activate apt apt-get ar arch as asciidoctor ash awk aws az b2sum base32 base64
    basename bash bc black brew bun bunx bzip2 c99 cargo cat cc chgrp chmod chown chroot
    cksum clang clear cmake cmd cmp comm composer conda cp cron crontab csh csplit curl
    cut cygpath dash dc dd deactivate deno df diff dig dir dirname dmypy dnf docker
    docker-compose doctl dotenv dpkg dscl du echo ed egrep emacs env expand expr ffmpeg
    fgrep firefox flake8 flock flyctl fmt ftp fzf g gawk gcc gcloud gdb gem getent gh
    git glab gmake gnupg go gofmt gpg gradle grep gunicorn gunzip gzip helm heroku
    hexdump hostid hostname htop httpx hypercorn iconv id idle idna ifconfig install ip
    ipconfig ipython isort java javac jq jsonschema julia jupyter just k9s kill killall
    ksh kubectl ld ldd less ln logname ls lsof lua m4 make man mawk mcp md5sum meson
    mkdir mkfifo mknod mktemp more mount mv mvn mypy mypyc mysql naftiko-gen nano nc
    ncat ndk netstat newgrp nginx nice ninja nix nl nm nmap node nodejs nohup nox npm
    nproc npx nslookup nvim od openssl pacman patch pathchk pdb pdm perl pg pgrep php
    ping pinky pip pip3 pipenv pipx pkg pkill pnpm podman poetry powershell pr
    pre-commit printenv printf ps psql ptx pwd pwsh py pydoc pydoc3 pygmentize pylint
    pyright pytest python python2 python3 pythonw pyvenv readelf readlink realpath
    redis-cli rg rm rmdir rpm rsync ruby ruff runcon rustc rye scp sed seq sftp sh
    sha1sum sha256sum sha512sum shred shuf sleep sort sqlite3 ssh ssh-add ssh-agent
    ssh-keygen stat stdbuf strace strings strip stty stubgen stubtest su sudo swift sync
    systemctl tac tar tee telnet terraform test timeout tmux top touch tox tput tr
    traceroute truncate tsc tsort tty twine umount uname unexpand uniq unlink unzip
    uptime uv uvicorn uvx vdir vi vim virtualenv vlc wasmtime watchfiles wc websockets
    wget wheel whereis whoami winget xargs xxd xz yarn yq zcat zip zsh zstd
    """)
"""Programs that people and scripts start only by their names."""

NEIGHBOURS = names_in("conftest skills test tests")
"""Modules and directories beside an emitted package, and `test` of the library."""


_RESERVED_MODULES = KEYWORDS | STANDARD_LIBRARY | DEPENDENCIES | NEIGHBOURS | STARTUP
# Linters refuse `l`, because it looks like 1.
_RESERVED_NAMES = KEYWORDS | BUILTINS | {"cls", "l", "self"}
_SHORTEST_DIGEST = 3
_CACHED_NAMES = 50_000
"""The number of names that `identifier` caches, because views share names."""


def module_name(slug: str) -> Code:
    """Return the module name of a slug, with the prefix `api_` if it is reserved."""
    name = slug.replace("-", "_")
    # A name like `test_rest` may be a test module of the project.
    is_unusable = not name or name[0].isdigit() or name.startswith("test_")
    if is_unusable or name in _RESERVED_MODULES or slug in COMMANDS:
        name = f"api_{name}"
    return Code(name, name)


def distribution_name(slug: str) -> str:
    """Return the name of a slug's distribution and console script.

    It is that of the module, so that neither of them shadows another program.
    """
    return str(module_name(slug)).replace("_", "-")


@lru_cache(maxsize=_CACHED_NAMES)
def identifier(wire_name: str) -> str:
    """Return a name for a variable, parameter or function: `page[size]` is `page_size`.

    Letters of other scripts and accents are omitted. A reserved name gets a trailing
    `_`, and a name with an initial digit a leading `_`.
    """
    return _avoid_reserved("_".join(words(wire_name)).lower())


def type_name(wire_name: str) -> str:
    """Return a name for a class, derived like an `identifier`: `PageSize`.

    A name with an initial digit gets the prefix `Api`, because a leading `_` would mark
    the class as private.
    """
    name = "".join(word.capitalize() for word in words(wire_name))
    return _avoid_reserved(f"Api{name}" if name[:1].isdigit() else name)


def free_name(name: str, used_names: Collection[str], separator: str = " ") -> str:
    """Return a name that isn't used: it is numbered from 2 on if it is."""
    candidates = chain([name], (f"{name}{separator}{at}" for at in count(2)))
    return next(name for name in candidates if name not in used_names)


def assign(
    wire_names: Iterable[str],
    *,
    reserved: Collection[str] = (),
    style: Callable[[str], str] = identifier,
) -> dict[str, Code]:
    """Map each wire name to a unique Python name, independent of their order.

    A name in `reserved` gets a trailing `_`. If several wire names have the same Python
    name, the one that equals it keeps it. The others get a piece of their own digest as
    a suffix, so that no name depends on the number of others.
    """
    preferred_names = {
        name: _append_underscores(style(name), reserved) for name in wire_names
    }
    counts = Counter(preferred_names.values())
    plain_names = {
        wire: name
        for wire, name in preferred_names.items()
        if counts[name] == 1 or name == wire
    }
    names = dict(plain_names)
    if len(plain_names) < len(preferred_names):
        used_names = {*preferred_names.values(), *reserved}
        for wire in sorted(preferred_names.keys() - plain_names.keys()):
            names[wire] = _add_digest(wire, preferred_names[wire], style, used_names)
            used_names.add(names[wire])
    return {wire: Code(names[wire], names[wire]) for wire in preferred_names}


def _avoid_reserved(name: str) -> str:
    if name[0].isdigit():
        return f"_{name}"
    return f"{name}_" if name in _RESERVED_NAMES else name


def _append_underscores(name: str, reserved: Collection[str]) -> str:
    while name in reserved:
        name += "_"
    return name


def _add_digest(
    wire_name: str, name: str, style: Callable[[str], str], used_names: Collection[str]
) -> str:
    digest = hashlib.sha256(wire_name.encode(errors="surrogatepass")).hexdigest()
    lengths = range(_SHORTEST_DIGEST, len(digest) + 1)
    names = (style(f"{name} {digest[:length]}") for length in lengths)
    return next(name for name in names if name not in used_names)
