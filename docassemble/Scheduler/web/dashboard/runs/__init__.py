# do not pre-load
"""The pages of runs: all runs, their file, and one run."""
