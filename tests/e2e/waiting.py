"""Waiting for what other processes do, with a limit and a reason."""

import time


def wait_until(condition, what, seconds=60):
    """Call ``condition`` until it is true; fail naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
