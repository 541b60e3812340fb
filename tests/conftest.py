"""What all tests share."""

from tests import profiles

profiles.register()
