# do not pre-load
"""The `scheduler:` block of docassemble's configuration, read once into frozen values.

Pure: no file, clock or environment is touched. What is wrong is collected, never raised.
"""

from ..core.settings import Settings
from .codes import Code
from .environment import EnvFile, Line
from .parser import Configuration, parse
from .yaml_pitfalls import SourceFindings, YamlPitfall

__all__ = [
    "Code",
    "Configuration",
    "EnvFile",
    "Line",
    "Settings",
    "SourceFindings",
    "YamlPitfall",
    "parse",
]
