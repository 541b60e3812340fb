# do not pre-load
"""An exception as text, within limits: it is copied into harmless exceptions first, and Python formats those.

So what is printed looks as ever, but no code of the exception's class is called, but for its `str()`. However many
exceptions hang together, and however long their messages and tracebacks are, only so much is read of them. Of
addresses, which `requests` and others put into their messages, only scheme and host are left.
"""

from __future__ import annotations

import builtins
import contextlib
import re
import traceback as tracebacks
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ..errors import SchedulerError
from .excerpt import masked
from .text import class_name, cut, module_name, qualified_name, text_of

#: how much of a message and of a traceback is kept (characters)
MAX_MESSAGE: Final = 10_000
MAX_TRACEBACK: Final = 50_000
#: so many exceptions are read of those that hang together, so many members of a group, so many notes of one
MAX_EXCEPTIONS: Final = 20
MAX_MEMBERS: Final = 15
MAX_NOTES: Final = 10
MAX_NOTE: Final = 1_000
#: so many frames are read of one traceback, the last ones; and so much of a line of source
MAX_FRAMES: Final = 200
MAX_LINE: Final = 500

_PACKAGE: Final = re.escape(str(Path(__file__).parents[2]))
_PYTHON: Final = re.escape(str(Path(contextlib.__file__).parent))
#: files by which a job is called: the scheduler's own but for the jobs among them, and Python's between it and the job
MACHINERY: Final = re.compile(
    rf"{_PACKAGE}/(?!tasks/)|{_PYTHON}/(?:asyncio/|importlib/|contextlib\.py)|<frozen importlib\."
)

_GROUP: Final[Any] = getattr(builtins, "BaseExceptionGroup", None)  # Python 3.11 and later
_CAUSE_OF: Final[Any] = BaseException.__dict__["__cause__"].__get__
_CONTEXT_OF: Final[Any] = BaseException.__dict__["__context__"].__get__
_SUPPRESSED_OF: Final[Any] = BaseException.__dict__["__suppress_context__"].__get__
_TRACEBACK_OF: Final[Any] = BaseException.__dict__["__traceback__"].__get__


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """An exception as text, as it can be logged, stored and mailed."""

    #: name of the class, with its module unless that is builtin: `ValueError`, `requests.Timeout`
    name: str
    message: str
    #: as Python prints it; it shows lines of source, never the values of variables
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> ErrorText:
        """Describe `error`, with its causes; never fails, whatever the exception's own methods do."""
        try:
            copy = _Copies(is_ours=issubclass(type(error), SchedulerError)).of(error)
            kind = type(copy)
            name = _full_name(kind.__module__, kind.__qualname__)
            message = masked(cut(str(copy), MAX_MESSAGE))
            return cls(name=name, message=message, traceback=_formatted(copy))
        except BaseException:  # noqa: BLE001 - the boundary of exceptions that fail to say what they are
            return cls.bare(error)

    @classmethod
    def bare(cls, error: BaseException) -> ErrorText:
        """Name `error`, and call nothing of it."""
        kind = type(error)
        name = _full_name(module_name(kind), qualified_name(kind))
        return cls(name=name, message="(its text cannot be made)", traceback=f"{name}\n")

    @property
    def line(self) -> str:
        """Name and message."""
        return f"{self.name}: {self.message}"


def message_of(error: BaseException) -> str:
    """Return the message of an exception."""
    return masked(text_of(error, MAX_MESSAGE))


def summary(error: BaseException) -> str:
    """Return name and message of an exception, without its module: `ValueError: no such case`."""
    return f"{class_name(type(error))}: {message_of(error)}"


def traceback_of(error: BaseException) -> TracebackType | None:
    """Return the traceback of an exception, whatever its class does."""
    found: TracebackType | None = _TRACEBACK_OF(error)
    return found


def _full_name(module: str, name: str) -> str:
    """Return the name of a class with its module, unless that is builtin."""
    return name if module in {"", "builtins", "__main__"} else f"{module}.{name}"


def _formatted(harmless: BaseException) -> str:
    described = tracebacks.TracebackException.from_exception(harmless, capture_locals=False)
    _shorten(described)
    return cut(masked("".join(described.format())), MAX_TRACEBACK)


def _shorten(described: Any) -> None:
    """Cut what stands in the frames of an exception that is to be printed, and of all that hang on it."""
    for index, frame in enumerate(described.stack):
        texts = frame.filename, frame.name, frame.line or ""
        if max(map(len, texts)) > MAX_LINE:
            file, name, line = (cut(text, MAX_LINE) for text in texts)
            described.stack[index] = tracebacks.FrameSummary(file, frame.lineno, name, line=line)
    members = getattr(described, "exceptions", None) or ()
    for each in (described.__cause__, described.__context__, *members):
        if each is not None:
            _shorten(each)


class _Copies:
    """Copies exceptions into harmless ones, until there are enough."""

    def __init__(self, *, is_ours: bool) -> None:
        """Is it one of ours, it says all without the frames of the scheduler."""
        self._is_ours = is_ours
        self._left = MAX_EXCEPTIONS
        self._copied: set[int] = set()

    def of(self, error: BaseException) -> BaseException:
        """Copy an exception and what hangs on it."""
        self._left -= 1
        self._copied.add(id(error))
        copy = self._alone(error)
        copy.__traceback__ = _end_of(_TRACEBACK_OF(error), is_ours=self._is_ours)
        copy.__notes__ = notes = _notes(error)  # type: ignore[attr-defined]
        copy.__cause__ = self._linked(_CAUSE_OF(error), notes)
        copy.__suppress_context__ = _SUPPRESSED_OF(error)
        if not copy.__suppress_context__:
            copy.__context__ = self._linked(_CONTEXT_OF(error), notes)
        return copy

    def _linked(self, error: BaseException | None, notes: list[str]) -> BaseException | None:
        if error is None or id(error) in self._copied:
            return None
        if self._left <= 0:
            notes.append("[what caused this is left out: too many exceptions]")
            return None
        return self.of(error)

    def _alone(self, error: BaseException) -> BaseException:
        kind = type(error)
        name = module_name(kind), qualified_name(kind)
        if issubclass(kind, SyntaxError):
            return _copied_syntax_error(error, _like(SyntaxError, *name))
        if _GROUP is not None and issubclass(kind, _GROUP):
            return self._copied_group(error, name)
        # with its name, Python finds what was probably meant
        base = NameError if kind in {NameError, UnboundLocalError} else Exception
        copy: BaseException = _like(base, *name)(text_of(error, MAX_MESSAGE))
        if isinstance(copy, NameError):
            copy.name = error.name  # type: ignore[attr-defined]
        return copy

    def _copied_group(self, group: Any, name: tuple[str, str]) -> BaseException:
        found = _GROUP.exceptions.__get__(group)
        text = f"{text_of(_GROUP.message.__get__(group), MAX_MESSAGE)} ({len(found)} sub-exceptions)"
        members = [self.of(each) for each in found[:MAX_MEMBERS] if self._left > 0]
        if not members:
            return _like(Exception, *name)(text)  # type: ignore[no-any-return]
        return _like(_GROUP, *name)(text, members)  # type: ignore[no-any-return]


@lru_cache(256)
def _like(base: type, module: str, name: str) -> Any:
    """Return a harmless class of exceptions that goes by a name."""
    text = {"__str__": lambda self: self.args[0]} if base is _GROUP else {}
    return type(name, (base,), {"__module__": module, "__qualname__": name, **text})


def _copied_syntax_error(error: BaseException, like: Any) -> BaseException:
    def field(name: str, kind: type) -> Any:
        value: Any = SyntaxError.__dict__[name].__get__(error)
        if type(value) is not kind or (isinstance(value, str) and len(value) > MAX_LINE):
            return None
        return value

    message = text_of(SyntaxError.__dict__["msg"].__get__(error), MAX_MESSAGE)
    where = field("filename", str), field("lineno", int), field("offset", int), field("text", str)
    end = field("end_lineno", int), field("end_offset", int)
    copy: BaseException = like(message, where if None in end else (*where, *end))
    return copy


def _notes(error: BaseException) -> list[str]:
    try:
        notes = object.__getattribute__(error, "__notes__")
    except BaseException:  # noqa: BLE001 - there are none, or none that can be had
        return []
    if type(notes) not in {list, tuple}:
        return []
    return [text_of(note, MAX_NOTE) for note in notes[:MAX_NOTES]]


def _end_of(traceback: TracebackType | None, *, is_ours: bool) -> TracebackType | None:
    """Return the last frames of a traceback, without the first ones if those are the scheduler's.

    When there are no others they are left out only of what `is_ours`: it says all without them.
    """
    own = traceback
    while own is not None and MACHINERY.match(own.tb_frame.f_code.co_filename):
        own = own.tb_next
    ahead = traceback = own if own is not None or is_ours else traceback
    count = 0
    while ahead is not None and count < MAX_FRAMES:
        ahead, count = ahead.tb_next, count + 1
    while ahead is not None and traceback is not None:
        ahead, traceback = ahead.tb_next, traceback.tb_next
    return traceback
