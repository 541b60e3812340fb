# do not pre-load
"""What people see of the scheduler and do with it, whatever the interface.

It uses `notifications` and what is below.
"""
