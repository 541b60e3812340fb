# do not pre-load
"""The `scheduler:` block of docassemble's configuration, read once into frozen values.

Pure: no file, clock or environment is touched. What is wrong is collected, never raised.
"""

from ..core.settings import Notify, Settings
from .codes import Code
from .facts import SourceFacts, Surprise
from .parser import Configuration, parse

__all__ = [
    "Code",
    "Configuration",
    "Notify",
    "Settings",
    "SourceFacts",
    "Surprise",
    "parse",
]
