# do not pre-load
"""The rows of jobs: of configured and of added ones, and what pauses them."""
