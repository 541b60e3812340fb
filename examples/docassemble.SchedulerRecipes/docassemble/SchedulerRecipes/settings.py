# do not pre-load
"""Read what is secret, or differs between sites, from docassemble's configuration; other recipes use it."""

from collections.abc import Mapping
from typing import Any

from docassemble.base.util import get_config


def read_section(name: str, *needed: str) -> Mapping[str, Any]:
    """Return a section of the configuration; raise RuntimeError when it lacks one of the needed keys."""
    section = get_config(name)
    if not isinstance(section, Mapping):
        raise RuntimeError(f"docassemble's configuration has no section `{name}`")
    missing = [key for key in needed if section.get(key) in (None, "")]
    if missing:
        raise RuntimeError(f"the section `{name}` of docassemble's configuration lacks {', '.join(missing)}")
    return section
