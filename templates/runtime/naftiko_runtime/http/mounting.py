"""Applications below a prefix, where another application mounts them."""

from starlette.types import Scope


def own_path(scope: Scope) -> str:
    """Return the path of a request without the prefix, which is ASGI's `root_path`."""
    path: str = scope["path"]
    root = scope.get("root_path")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
