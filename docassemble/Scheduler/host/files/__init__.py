# do not pre-load
"""Files of docassemble's machine: its configuration as text, `.env`, and scheduler.log."""
