# do not pre-load
"""What is logged: the logger, the event log, and the log that each run keeps for itself."""
