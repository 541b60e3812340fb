"""Python's garbage collector begins its work when docassemble has been imported, in the processes that are forked then.

It finds nothing before, and looks again and again at a million objects: a sixth of each start.
"""

import gc
import os

gc.disable()
os.register_at_fork(after_in_child=gc.enable)
