"""The last line of a command's output, as a sign of what it does."""

import os

import pytest

from devserver.output import Output, pieces


def output_of(*given: bytes) -> Output:
    output = Output()
    for piece in given:
        output.add(piece)
    return output


@pytest.mark.parametrize(
    ("given", "last_line"),
    [
        ([], ""),
        ([b"Resolved 252 packages\n   Building uwsgi==2.0.31\n"], "Building uwsgi==2.0.31"),
        ([b"Buil", b"ding uwsgi", b"==2.0.31\nDownl"], "Building uwsgi==2.0.31"),
        ([b"Downloading 1 %\rDownloading 2 %\rDown"], "Downloading 2 %"),
        ([b"one\n\n  \n"], "one"),
        ([b"\x1b[36mBuilding\x1b[0m uwsgi\n"], "Building uwsgi"),
        ([b"Building uwsgi\n   Built pyu2f\n"], "Building uwsgi"),
        (
            [b"Installed 2 packages in 3ms\n - click==8.0\n + click==8.1\n ~ it==1\n"],
            "Installed 2 packages in 3ms",
        ),
        ([b"\xff\n"], "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_the_last_telling_line(given: list[bytes], last_line: str) -> None:
    output = output_of(*given)
    assert output.last_line == last_line
    assert output.text == b"".join(given).decode("utf-8", "replace")


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        coming = pieces(stream)
        os.write(writing, b"one")
        assert next(coming) == b"one"
        assert next(coming) == b""
        os.write(writing, b"two")
        os.close(writing)
        assert list(coming) == [b"two"]
