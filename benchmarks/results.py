"""What a run of the benchmarks measured, and where; as JSON it is kept beside the code."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Form = Literal["short", "full"]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round measured of one peer under one load."""

    #: `lateness`, `cost`, ...: the keys of `names.MEASURES`
    measure: str
    #: `scheduler`, `uwsgi`, ...: the keys of `names.PEERS`
    peer: str
    #: `1 job`, `60 jobs/s`, `each minute`, ...
    load: str
    round: int
    #: values by their names, which end in their unit: `p99 ms`
    figures: Mapping[str, float]
    #: `loop ms`: CPU time of a fixed loop beside the window; `others cores`: what other programs took in it
    conditions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that was measured on; nothing that tells whose it is."""

    cpu: str
    cores: int
    #: bytes
    memory: int
    #: `Linux 6.1.0`
    kernel: str
    #: `Debian GNU/Linux 12 (bookworm)`
    system: str
    #: `3.11.7`
    python: str


@dataclass(frozen=True, slots=True)
class Results:
    """All samples of one run of the benchmarks, and what they were made with."""

    #: UTC
    made: datetime
    form: Form
    #: of git, as text
    commit: str
    machine: Machine
    #: versions of what was measured, by name
    versions: Mapping[str, str]
    samples: tuple[Sample, ...]
    #: what was left out, and why; one sentence each
    notes: tuple[str, ...] = ()


def to_json(results: Results) -> str:
    """Return results as JSON, with a line for each sample, so that two runs can be compared."""
    head = asdict(results) | {"made": results.made.isoformat()}
    samples = ",\n".join("    " + json.dumps(each, allow_nan=False) for each in head.pop("samples"))
    return json.dumps(head, indent=2)[:-2] + f',\n  "samples": [\n{samples}\n  ]\n}}\n'


def from_json(text: str) -> Results:
    """Return the results that `to_json` wrote."""
    loaded: dict[str, Any] = json.loads(text)
    return Results(
        made=datetime.fromisoformat(loaded["made"]),
        form=loaded["form"],
        commit=loaded["commit"],
        machine=Machine(**loaded["machine"]),
        versions=loaded["versions"],
        samples=tuple(Sample(**each) for each in loaded["samples"]),
        notes=tuple(loaded["notes"]),
    )


def write(results: Results, path: Path) -> None:
    """Write results as JSON; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_json(results), encoding="utf-8")


def read(path: Path) -> Results:
    """Read what `write` wrote."""
    return from_json(path.read_text(encoding="utf-8"))


def this_machine() -> Machine:
    """Return the facts of this machine that figures depend on."""
    return Machine(
        cpu=cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")) or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=f"{platform.system()} {platform.release()}",
        system=_system(),
        python=platform.python_version(),
    )


def cpu_model(cpuinfo: str) -> str:
    """Return the processor's name in the text of `/proc/cpuinfo`; empty where ARM has none."""
    found = re.search(r"^model name\s*: *(.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else ""


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:  # no /etc/os-release
        return platform.system()
