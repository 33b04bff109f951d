class SetupError(Exception):
    """What went wrong, where, and what to do, in one line. Shown without a traceback."""
