"""What can go wrong, as the user should read it."""


class DevServerError(Exception):
    """The development server cannot go on; the text says why and what helps."""
