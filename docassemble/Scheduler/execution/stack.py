# do not pre-load
"""Where in its code a run is just now: the Python stack of its thread, as text, without any value of a variable."""

from __future__ import annotations

import sys
from asyncio import Future, Task
from collections.abc import Sequence
from pathlib import Path
from traceback import FrameSummary, StackSummary
from types import CoroutineType, FrameType
from typing import Any, Final

from ..core.texts.error_text import MACHINERY, MAX_LINE
from ..core.texts.excerpt import masked
from ..core.texts.storable import MAX_STACK
from ..core.texts.text import cut

#: the module that calls jobs
EXECUTOR: Final = str(Path(__file__).with_name("executor.py"))
#: so many frames are shown, the last ones
MAX_FRAMES: Final = 100


def stack_of(thread: int, task: Future[Any] | None = None) -> str | None:
    """Return the stack of a thread, the innermost frame last; None when the thread has ended.

    The first frames, down to those by which the scheduler calls the job, are left out. While the event loop of the
    thread waits for others, the stack is that of `task`.
    """
    frame = sys._current_frames().get(thread)
    if frame is None:
        return None
    frames, waiting = _frames(frame), _awaiting(task)
    own = frames[_first(frames) :]
    if waiting and all(each is not waiting[0][0] for each, _ in frames):
        own = waiting
    shown = StackSummary.from_list([_summary(each, line) for each, line in own])
    return cut(masked("".join(shown.format())), MAX_STACK)


def _first(frames: Sequence[tuple[FrameType, int]]) -> int:
    """Return the index of the first frame of the job; 0 when there is none, or more than are shown."""
    files = [frame.f_code.co_filename for frame, _ in frames]
    called = max((index for index, file in enumerate(files) if file == EXECUTOR), default=0)
    rest = enumerate(frames[called:], called)
    return next((index for index, (frame, _) in rest if not MACHINERY.match(frame.f_code.co_filename)), 0)


def _frames(frame: FrameType | None) -> list[tuple[FrameType, int]]:
    """Return the last frames and the lines that they are in, the innermost last."""
    found: list[tuple[FrameType, int]] = []
    while frame is not None and len(found) < MAX_FRAMES:
        found.append((frame, frame.f_lineno or 0))
        frame = frame.f_back
    return found[::-1]


def _awaiting(task: Future[Any] | None) -> list[tuple[FrameType, int]]:
    """Return the frames of the coroutine that a task is, and of those that it awaits, the innermost last."""
    awaited: Any = task.get_coro() if isinstance(task, Task) else None
    found: list[tuple[FrameType, int]] = []
    while type(awaited) is CoroutineType and awaited.cr_frame is not None and len(found) < MAX_FRAMES:
        found.append((awaited.cr_frame, awaited.cr_frame.f_lineno or 0))
        awaited = awaited.cr_await
    return found


def _summary(frame: FrameType, line: int) -> FrameSummary:
    code = frame.f_code
    found = FrameSummary(code.co_filename, line, code.co_name)
    file, name, text = (cut(each, MAX_LINE) for each in (found.filename, found.name, found.line or ""))
    return FrameSummary(file, line, name, line=text)
