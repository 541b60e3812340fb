# do not pre-load
"""Composition: it puts the parts of all rooms together, for each kind of process. Only `cli` is above it."""
