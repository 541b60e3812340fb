"""A job whose words are hard on a log."""

from docassemble.Scheduler.scheduler_logger import log


def speak():
    """Log accents, emoji, several lines, HTML and an escape sequence of a terminal."""
    log("Gr\u00fc\u00dfe, \u4f60\u597d, \U0001f600")
    log("first line\nsecond line\r\nthird line")
    log("<b>bold</b> & \x1b[31mred")
    log("whispered", "debug")


#: not a function
WORDS = ("one", "two")
