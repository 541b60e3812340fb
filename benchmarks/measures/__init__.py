"""The measures: each watches a peer that runs a load for some seconds, and returns figures."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from benchmarks.measures.boot import boot
from benchmarks.measures.burst import burst
from benchmarks.measures.cost import cost
from benchmarks.measures.history import history
from benchmarks.measures.idle import idle
from benchmarks.measures.lateness import lateness
from benchmarks.measures.site import site
from benchmarks.measures.throughput import throughput
from benchmarks.measures.watch import Scene
from benchmarks.visits import Figures

#: by their names in the results; called with how many seconds (or times), too
MEASURES: Mapping[str, Callable[[Scene, float], Figures]] = MappingProxyType(
    {each.__name__: each for each in (lateness, cost, history, throughput, burst, idle, boot, site)}
)
