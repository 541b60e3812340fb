# do not pre-load
"""Looks at the thread of each request before docassemble does: what did a job leave behind in it?

To be named in docassemble's directive `preloaded modules`; writes to the file that the directive `watch file` names.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig
from flask import current_app, g, request
from site_jobs.mark import MARK


def look() -> None:
    """Note the thread, and what in it comes from a job."""
    left = [name for name, value in _contents().items() if MARK in str(value) or "'scheduler'" in str(value)]
    if getattr(g, "_login_user", None) is not None:
        left.append("flask's user")
    line = {"thread": threading.get_ident(), "at": time.time(), "path": request.path, "left": left}
    with Path(daconfig["watch file"]).open("ab", buffering=0) as out:
        out.write(json.dumps(line).encode() + b"\n")


def _contents() -> dict[str, Any]:
    """docassemble's thread data, as they are before it prepares them for the request."""
    from docassemble.base.functions import this_thread

    try:
        contents = dict(vars(this_thread))
    except (AttributeError, TypeError, RuntimeError):
        return {}  # 1.10 has none outside of a request
    contents["global_vars"] = vars(contents["global_vars"]) if "global_vars" in contents else None
    return contents


current_app.before_request_funcs.setdefault(None, []).insert(0, look)
