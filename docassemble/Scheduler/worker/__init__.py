# do not pre-load
"""The loop of a process: from wakes to claims, runs and records.

It uses `management` and what is below, and no outside system.
"""
