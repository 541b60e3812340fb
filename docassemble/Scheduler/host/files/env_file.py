# do not pre-load
"""The `.env` file beside docassemble's configuration, as python-dotenv reads it, which docassemble installs."""

from __future__ import annotations

import os
import re
import stat
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import Code, EnvFile, Line
from ...core.errors import HostError
from ...core.problem import Problem

if TYPE_CHECKING:
    from dotenv.parser import Binding

NAME = ".env"
#: bytes of the file
MAX_SIZE = 64 * 1024
#: so many lines that cannot be read are told one by one
MAX_PROBLEMS = 20
#: spaces in a row, for which python-dotenv takes time that grows with their square
_GAP = re.compile(r"[^\S\n]{500}")


def read_env_file(configuration: Path) -> EnvFile:
    """Read the `.env` in the folder of a configuration. Never raises; `os.environ` is left alone."""
    try:
        bindings = _bindings(_text(configuration.parent / NAME))
    except FileNotFoundError:
        return EnvFile()
    except OSError as error:
        return _unread(f"cannot be read: {error.strerror}", "Let the user of docassemble read it.")
    except HostError as error:
        return _unread(str(error), error.hint)
    lines = {each.key: Line(each.value or "", _number(each)) for each in bindings if each.key}
    wrong = [_number(each) for each in bindings if each.error]
    return EnvFile(lines=lines, problems=tuple(map(_wrong, wrong[:MAX_PROBLEMS])))


def _text(path: Path) -> str:
    """Return the text; raises OSError, or HostError for what is not to be read."""
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise HostError("is no file", hint="Remove it.")
        if status.st_mode & stat.S_IWOTH:
            raise HostError(
                "may be written by everybody, who could have any function run", hint="Call `chmod o-w`."
            )
        content = file.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise HostError(
            f"is larger than {MAX_SIZE // 1024} KiB", hint="Take out what is not for the scheduler."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HostError("is not UTF-8", hint="Save it as UTF-8.") from error
    if _GAP.search(text):
        raise HostError("has a line with hundreds of spaces in a row", hint="Take them out.")
    return text


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe does not make us wait for its writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _bindings(text: str) -> list[Binding]:
    try:
        from dotenv.parser import parse_stream
    except ImportError as error:
        raise HostError(
            "cannot be read without python-dotenv", hint="Call `pip install python-dotenv`."
        ) from error
    return list(parse_stream(StringIO(text, newline=None)))


def _number(binding: Binding) -> int:
    """Return the number of its line: blank lines before it are a part of what python-dotenv gives us."""
    string, line = binding.original
    return line + string[: len(string) - len(string.lstrip())].count("\n")


def _unread(why: str, hint: str) -> EnvFile:
    return EnvFile(problems=(Code.BAD_ENV_FILE.problem((NAME,), f"The file {why}; it has no effect.", hint),))


def _wrong(line: int) -> Problem:
    sentence = "This line has no effect: it is not `NAME=value`, or its quotation mark is not closed."
    return Code.BAD_ENV_FILE.warning((f"line {line} of {NAME}",), sentence, "Mend it, or begin it with `#`.")
