"""An extension of Griffe, which reads docstrings for mkdocstrings: what is below `Example:` is Python."""

import re
import textwrap
from typing import Any

from griffe import Extension, Function

_EXAMPLE = re.compile(r"^Example:\n((?: {4}.*\n?|\n)+)", re.MULTILINE)


class Examples(Extension):  # type: ignore[misc]
    """Puts a fence around examples."""

    def on_function(self, *, func: Function, **_: Any) -> None:
        """Change the docstring of a function."""
        if func.docstring is not None:
            func.docstring.value = _EXAMPLE.sub(lambda found: _fenced(found[1]), func.docstring.value)


def _fenced(code: str) -> str:
    return f"**Example:**\n\n```python\n{textwrap.dedent(code).rstrip()}\n```\n"
