# do not pre-load
"""The command line, for the terminal and for scripts: thin commands over the office. docs/cli.md explains it."""
