# do not pre-load
"""Values and pure rules: job, run, decision, retry, errors, clock. It uses the standard library and nothing else."""
