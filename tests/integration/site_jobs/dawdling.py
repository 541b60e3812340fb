# do not pre-load
"""Requests that take their time: `?dawdle=3` keeps docassemble's thread for three seconds before it answers.

To be named in docassemble's directive `preloaded modules`.
"""

import time

from docassemble.base.logger import logmessage
from flask import current_app, request


def dawdle() -> None:
    """Wait for as long as the address says, and say so in docassemble.log."""
    if "dawdle" in request.args:
        logmessage("a request dawdles")
        time.sleep(float(request.args["dawdle"]))


current_app.before_request_funcs.setdefault(None, []).insert(0, dawdle)
