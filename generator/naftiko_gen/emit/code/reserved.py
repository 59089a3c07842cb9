"""Words that are reserved: emitted names mustn't equal them.

The tables contain the words of all versions from Python 3.11 to 3.13, because the
output mustn't depend on the version that runs the compiler.
"""

from __future__ import annotations


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


KEYWORDS = _table("""
    _ and as assert async await break case class continue def del elif else except
    False finally for from global if import in is lambda match None nonlocal not or
    pass raise return True try type while with yield
    """)
"""Keywords, including soft ones."""

BUILTINS = _table("""
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

STANDARD_LIBRARY = _table("""
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

DEPENDENCIES = _table("""
    aiohappyeyeballs aiohttp aiosignal annotated_types anyio ast_serialize attr attrs
    cffi click cryptography dotenv frozenlist h11 httpcore2 httptools httpx2 idna
    iniconfig jsonschema jsonschema_specifications jwt librt mcp mcp_types multidict
    multipart mypy mypy_extensions mypyc naftiko_runtime opentelemetry orjson packaging
    pathspec pip pluggy propcache py pycparser pydantic pydantic_core pygments pytest
    python_multipart referencing rpds setuptools sse_starlette starlette truststore
    typing_extensions typing_inspection uvicorn uvloop watchfiles websockets yaml yarl
    """)
"""Modules that are installed with an emitted project."""

STARTUP = _table("sitecustomize usercustomize")
"""Modules that Python imports when it starts."""

COMMANDS = _table("""
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
"""Programs that people and scripts start by their names alone."""

NEIGHBOURS = _table("conftest skills test tests")
"""Modules and directories beside an emitted package, and `test` of the library."""
