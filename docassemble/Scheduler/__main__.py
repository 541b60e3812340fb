# do not pre-load
"""The command line: python -m docassemble.Scheduler."""

from .cli.main import main

if __name__ == "__main__":
    main()
