# do not pre-load
"""The command line: `docassemble-scheduler`, or python -m docassemble.Scheduler."""

import os
import sys

#: what the command line imports; docassemble has all of it, the extra `[cli]` brings it elsewhere
NEEDED = ("click", "rich", "yaml")
MISSING = (
    "The command line needs the package {}, which is not installed for this Python:"
    ' pip install "docassemble.Scheduler[cli]"\n'
)


def main() -> None:
    """Run what stands on the command line, and exit."""
    # Root's bytecode would lie in folders of root's, which docassemble's own user could not uninstall.
    sys.dont_write_bytecode = sys.dont_write_bytecode or os.geteuid() == 0
    try:
        from .cli.main import main as run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        sys.stderr.write(MISSING.format(error.name))
        sys.exit(2)
    run()


if __name__ == "__main__":
    main()
