"""What a test session leaves behind in the repository: nothing."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
MADE_BY_TOOLS = ("__pycache__", "build", "dist", "out")  # as in .gitignore; names that begin with a dot too


def listing(root: Path = ROOT) -> set[str]:
    """Files and folders in `root` and in all that lies in it, but those of tools; links are not followed."""
    found = set[str]()
    for path in root.iterdir():
        if path.name.startswith(".") or path.name in MADE_BY_TOOLS or path.name.endswith(".egg-info"):
            continue
        found.add(path.relative_to(root).as_posix())
        if path.is_dir() and not path.is_symlink():
            found |= {f"{path.name}/{inside}" for inside in listing(path)}
    return found
