# do not pre-load
"""What jobs leave behind, and no request may ever see."""

MARK = "left-by-a-job"
