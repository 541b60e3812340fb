"""Where the files of the repository are read: links between the site, the checkout and GitHub."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
#: the one address of the repository, which setup.py, README.md and the dashboard have too: a test compares them
REPOSITORY = "https://github.com/dblevin1/docassemble-Scheduler"
FILES = f"{REPOSITORY}/blob/main/"
#: where pictures are read that stand in README.md, which PyPI shows, too
PICTURES = f"{REPOSITORY.replace('github.com', 'raw.githubusercontent.com')}/main/"
#: files of the root that are pages of the site
ROOT_PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}

_TARGET = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")


def links_of_page(text: str) -> str:
    """Return the text of a page in docs/ with links that work on the site."""
    return _TARGET.sub(lambda found: _from_docs(found[1]), text)


def links_of_root_page(text: str) -> str:
    """Return the text of a page in the root with links that work on the site, where it stands beside the others."""
    return _TARGET.sub(lambda found: _from_root(found[1]), text)


def _from_docs(target: str) -> str:
    return _from_root(target.removeprefix("../")) if target.startswith("../") else target


def _from_root(target: str) -> str:
    path, mark, anchor = target.partition("#")
    if "://" in path or not path:
        return target
    if path.startswith("docs/"):
        return path.removeprefix("docs/") + mark + anchor
    return ROOT_PAGES.get(path, FILES + path) + mark + anchor
