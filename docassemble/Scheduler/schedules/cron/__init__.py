# do not pre-load
"""Cron expressions: read, matched in a time zone, and said in words."""
