# do not pre-load
"""Reminders of an interview: what `data/questions/reminders.yml` plans, sends and stops."""
