"""The one writer of the journal: natural group commit.

A thread takes whatever is queued, writes it in one transaction (WAL, synchronous FULL: the commit is an
fsync) and only then lets the waiting answers go. There is no waiting window: while one commit is under way
the next group gathers by itself, so a single message is as fast as the disk and a thousand share one fsync.
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from ..clock import Clock
from ..errors import JournalError, JournalWriteError
from .lock import FileLock
from .records import Record, insert_records
from .schema import prepare

log = logging.getLogger(__name__)

Statement = tuple[str, Sequence]
GROUP_LIMIT = 1000  # rows a commit: bounds the memory of a group and how long one commit can take


class Journal:
    """Append messages (awaitable) and run derived statements, all in one thread and one file."""

    def __init__(self, path: str, clock: Clock) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.healthy, self.fault = True, ""
        self.groups = self.rows = self.failures = 0
        self._lock = FileLock(f"{path}.lock")
        try:
            self._db = _connect(path)
            prepare(self._db, path, clock.now())
        except (sqlite3.Error, JournalError) as error:
            self._lock.release()
            if isinstance(error, JournalError):
                raise
            raise JournalError(f"cannot open journal {path}: {error}") from error
        self._queue: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, record: Record) -> "asyncio.Future[Record]":
        """On disk when the future is done. Raises JournalWriteError through it; then nothing was written."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._queue.put((record, future, loop))
        return future

    def submit(self, statements: Sequence[Statement]) -> "Future[None]":
        """Run these statements in one transaction, from any thread."""
        future: Future[None] = Future()
        self._queue.put((statements, future, None))
        return future

    def alive(self) -> bool:
        """False should never be seen: the writer thread is gone, and only a restart helps."""
        return self._thread.is_alive()

    def depth(self) -> int:
        """Messages that wait for the disk."""
        return self._queue.qsize()

    def close(self) -> None:
        """Write what is queued, then let go of the file."""
        self._queue.put(None)
        self._thread.join()
        self._db.close()
        self._lock.release()

    # --- the writer thread
    # -------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, stop = [first], False
            while len(group) < GROUP_LIMIT and not stop:
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                stop = job is None
                if not stop:
                    group.append(job)
            self._commit(group)
            if stop:
                return

    def _commit(self, group: list) -> None:
        for _job, future, loop in group:
            if loop is None:
                future.set_running_or_notify_cancel()  # from here on nobody can cancel it under our hands
        error = self._write(group)
        if error is None:
            _settle(group, None)
        elif len(group) == 1:
            _settle(group, error)
        else:
            # One job may be the culprit (a value SQLite cannot take): the others must not fail with it.
            for job in group:
                _settle([job], self._write([job]))

    def _write(self, group: list) -> Exception | None:
        """One transaction; the error that undid it, or None."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            insert_records(self._db, [job[0] for job in group if job[2] is not None])
            for statements, _future, loop in group:
                if loop is None:
                    for sql, values in statements:
                        self._db.execute(sql, values)
            self._db.execute("COMMIT")
        except Exception as error:  # whatever it is, the message is not on disk and its sender must hear that
            self._undo(group)
            self._note(error)
            return JournalWriteError(f"journal {self.path}: {error}")
        self.groups += 1
        self.rows += len(group)
        if not self.healthy:
            log.warning("journal_recovered", extra={"path": self.path})
            self.healthy, self.fault = True, ""
        return None

    def _undo(self, group: list) -> None:
        for record, _future, loop in group:
            if loop is not None and record.kind == "start" and record.transaction_id is not None:
                record.transaction_id = record.session = None  # the allocation is undone with the rest
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                log.exception("journal_rollback_failed", extra={"path": self.path})

    def _note(self, error: Exception) -> None:
        self.failures += 1
        if self.healthy:
            log.error("journal_write_failed", extra={"path": self.path, "reason": str(error)})
        # Only the file's own trouble makes the journal ill, not a value that does not fit.
        if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError | sqlite3.InterfaceError | sqlite3.DataError
        ):
            self.healthy, self.fault = False, str(error)


def _connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    return db


def _settle(group: list, error: Exception | None) -> None:
    """Wake everybody who waits for this group; one call per event loop, not one per message."""
    waiting: dict = {}
    for job, future, loop in group:
        if loop is not None:
            waiting.setdefault(loop, []).append((future, job))
        elif future.cancelled():
            continue  # who asked does not wait any more; it was written all the same
        elif error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
    for loop, futures in waiting.items():
        try:
            loop.call_soon_threadsafe(_wake, futures, error)
        except RuntimeError:  # the loop is closed: nobody is left to answer, and what was written stays written
            log.warning("journal_answer_without_reader", extra={"messages": len(futures)})


def _wake(futures: list, error: Exception | None) -> None:
    for future, job in futures:
        if future.done():  # the connection went away while its message was being written
            continue
        if error is None:
            future.set_result(job)
        else:
            future.set_exception(error)
