# do not pre-load
"""What people and programs write before it becomes a job: blocks, crontabs, options."""
