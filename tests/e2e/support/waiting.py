"""Waiting for something with a deadline, instead of sleeping and hoping."""

import os
import time

PAUSE = 0.05
# In a virtual machine without hardware support everything takes longer.
PATIENCE = float(os.environ.get("SQUID_TEST_PATIENCE", "1"))


def wait_until(condition, what, timeout=20.0):
    """The first true value of condition(); AssertionError after the timeout. `what` is text, or makes it then."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(PAUSE)
