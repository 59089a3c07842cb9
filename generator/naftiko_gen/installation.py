"""Where pip gets this naftiko-gen: from an index, a repository or a directory."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution

from naftiko_gen.version import VERSION

LOCAL = "naftiko-gen @ file:"
"""The start of a requirement that this machine alone can meet."""


def requirement(extra: str = "") -> str:
    """Return the requirement by which pip installs this version again.

    naftiko-gen is on no public index, where anybody could take its name. So one that
    was installed from elsewhere is named by its address, never by its name alone.
    """
    try:
        # What pip notes of an installation that isn't from an index: PEP 610.
        recorded = distribution("naftiko-gen").read_text("direct_url.json")
    except PackageNotFoundError:
        recorded = None
    name = f"naftiko-gen[{extra}]" if extra else "naftiko-gen"
    match json.loads(recorded or "{}"):
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            return f"{name} @ {vcs}+{url}@{commit}"
        case {"url": str(url)}:
            return f"{name} @ {url}"
        case _:
            return f"{name}=={VERSION}"
