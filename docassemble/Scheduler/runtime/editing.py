# do not pre-load
"""The parts of the pages that edit, of docassemble and its configuration file."""

from __future__ import annotations

import os
from functools import partial

from ..core.clock import Clock
from ..execution.catalog import Catalog
from ..host.docassemble import Docassemble
from ..host.files.block_text import block_in, read_block, read_keys
from ..host.files.env_file import read_env_file
from ..host.files.line_map import JobLines, job_line
from ..management.drafts.blocks import BlockChecker, CheckContext
from ..management.drafts.editing import Editing
from ..schedules.apscheduler import from_trigger
from .configuration import unusable


def editing(host: Docassemble, clock: Clock) -> Editing:
    """Return the parts; nothing is read before a page asks."""
    return Editing(
        checker=BlockChecker(read=read_block, context=partial(_check_context, host), clock=clock),
        read_keys=read_keys,
        read_block=lambda: block_in(host.configuration_file),
        line_in=job_line,
        line_of=JobLines(host.configuration_file),
        zone=lambda: host.time_zone,
        catalog=Catalog(),
    )


def _check_context(host: Docassemble) -> CheckContext:
    return CheckContext(
        zone=host.time_zone,
        environ=os.environ,
        env_file=read_env_file(host.configuration_file),
        trigger_schedule=from_trigger,
        unusable=unusable(host),
    )
