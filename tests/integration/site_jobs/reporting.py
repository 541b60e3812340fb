# do not pre-load
"""Jobs that say how far they are."""

import time

from docassemble.Scheduler import current_run, log


def copy_cases(seconds: float, cases: int = 40) -> dict[str, object]:
    """Copy cases for a while, and write a line for each."""
    run = current_run()
    assert run is not None  # only jobs call this
    copied = []
    for case in run.track(range(cases), text="cases <copied>"):
        copy(case, seconds / cases)
        copied.append(case)
    return {"copied": len(copied), "of": cases}


def copy(case: int, seconds: float) -> None:
    """Copy one of them."""
    time.sleep(seconds)
    log(f"case {case} copied")


def quick() -> None:
    """Be done before anything is reported."""
    current_run().progress(1, 2)  # type: ignore[union-attr]


def fail() -> None:
    """Fail half-way with a long message, because of something else."""
    try:
        {}["case 12"]
    except KeyError as error:
        raise ValueError("no such case\n" + "in any of the folders that were searched\n" * 20) from error
