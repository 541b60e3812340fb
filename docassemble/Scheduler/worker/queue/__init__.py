# do not pre-load
"""What a process has before it: what is due when, what wants to be claimed, and how long that will take."""
