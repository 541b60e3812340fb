"""Lets a process of docassemble start in half the time, without touching docassemble.

- Python's garbage collector looks after 100,000 new objects, not after 700: imports make half a million, and nearly no
  garbage.
- Libraries that docassemble imports, and that no test here uses, are stubs: for machine learning and for images.
"""

import gc
import sys
from types import ModuleType

gc.set_threshold(100_000)

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
