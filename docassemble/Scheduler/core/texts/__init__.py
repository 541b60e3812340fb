# do not pre-load
"""Text of foreign values, and text of ours: made within limits of size and of work, as a database keeps it."""
