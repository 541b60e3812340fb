# do not pre-load
"""The `scheduler:` block of docassemble's configuration, read once into frozen values.

Pure: no file, clock or environment is touched. What is wrong is collected, never raised.
"""

from .codes import Code
from .facts import SourceFacts, Surprise
from .parser import Configuration, parse
from .settings import Notify, Settings

__all__ = [
    "Code",
    "Configuration",
    "Notify",
    "Settings",
    "SourceFacts",
    "Surprise",
    "parse",
]
