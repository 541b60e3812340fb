# do not pre-load
"""docassemble.Scheduler: Python functions that run on time inside docassemble."""

__version__ = "1.0.0"
