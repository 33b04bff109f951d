"""One bridge per journal file."""

import fcntl
import os

from ..errors import JournalError, JournalLockedError


class FileLock:
    """An advisory lock on `<journal>.lock`; the kernel lets go of it when the process dies, however it
    dies."""

    def __init__(self, path: str) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise JournalError(f"cannot open {path}: {error.strerror}; check folder and rights") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise JournalLockedError(
                f"another bridge works on this journal ({path} is locked): stop it or set `journal` to another file"
            ) from error

    def release(self) -> None:
        os.close(self._descriptor)
