# do not pre-load
"""Single values of the block: each reader returns what the program works with, or raises `InvalidValue`."""
