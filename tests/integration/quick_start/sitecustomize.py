"""Lets a process of docassemble start in half the time, without touching docassemble.

- Python's garbage collector begins its work when all has been imported, in the processes that are forked then. It finds
  nothing before, and looks again and again at a million objects.
- Libraries that docassemble imports, and that no test here uses, are stubs: for machine learning and for images.
"""

import gc
import os
import sys
from types import ModuleType

gc.disable()
os.register_at_fork(after_in_child=gc.enable)

#: what docassemble and NLTK import of them by name; calling it would fail
STUBS = {
    "cairosvg": ("svg2eps", "svg2png"),
    "scipy": (),
    "sklearn": (),
    "sklearn.ensemble": ("RandomForestClassifier",),
}
#: what geopy does without if it is not installed
MISSING = ("aiohttp",)

for name, names in STUBS.items():
    stub = ModuleType(name)
    vars(stub).update(dict.fromkeys(names))
    sys.modules[name] = stub
for name in MISSING:
    sys.modules[name] = None  # type: ignore[assignment]
