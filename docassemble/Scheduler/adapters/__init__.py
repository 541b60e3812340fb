# do not pre-load
"""One module per outside system; nothing else in the package imports these systems."""
