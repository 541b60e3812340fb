# do not pre-load
"""The pages of jobs: the overview, one job, and what they draw."""
