# do not pre-load
"""The command line: `docassemble-scheduler`, or python -m docassemble.Scheduler."""

import os
import sys


def main() -> None:
    """Run what stands on the command line, and exit."""
    # Root's bytecode would lie in folders of root's, which docassemble's own user could not uninstall.
    sys.dont_write_bytecode = sys.dont_write_bytecode or os.geteuid() == 0
    from .cli.main import main as run

    run()


if __name__ == "__main__":
    main()
