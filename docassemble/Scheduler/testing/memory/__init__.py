# do not pre-load
"""What the store in memory is made of."""
