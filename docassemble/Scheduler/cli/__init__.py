# do not pre-load
"""The command line, for the terminal and for scripts: thin commands over the manager. docs/cli.md explains it."""
