"""The journal: on disk before the answer, one id for a retry, one bridge a file, errors before acknowledgement."""

import asyncio
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys

import pytest
from helpers import at, eventually, meter_16, plain_2x, register, start_16, station, stop_16

from ocpp_bridge.clock import Clock
from ocpp_bridge.errors import JournalError, JournalLockedError, JournalVersionError, JournalWriteError
from ocpp_bridge.journal import Journal, Record, open_reader
from ocpp_bridge.journal.schema import VERSION


def record(number: int, kind: str = "meter", session: str | None = "t:1", station: str = "CP-1") -> Record:
    return Record(station, "1.6", "MeterValues", str(number), 0, kind, 1, session, f"key{number}", "x" * 700)


@pytest.fixture
def journal(tmp_path):
    journal = Journal(str(tmp_path / "j.sqlite"), Clock())
    yield journal
    journal.close()


async def test_messages_are_on_disk_when_the_future_is_done(journal):
    await journal.append(record(1))
    assert open_reader(journal.path).execute("SELECT count(*) FROM message").fetchone()[0] == 1


async def test_waiting_messages_share_one_commit(journal):
    await asyncio.gather(*(journal.append(record(number)) for number in range(500)))
    assert journal.rows == 500
    # The first may go alone; while its commit is under way the others gather.
    assert journal.groups < 100


async def test_writer_survives_those_who_stop_waiting(journal):
    for number in range(50):
        journal.submit([("INSERT OR REPLACE INTO meta VALUES ('x', ?)", (str(number),))]).cancel()
        journal.append(record(number)).cancel()
    await journal.append(record(99))
    db = open_reader(journal.path)
    assert db.execute("SELECT count(*) FROM message").fetchone()[0] == 51
    assert db.execute("SELECT value FROM meta WHERE name = 'x'").fetchone()[0] == "49"


async def test_rows_keep_the_order_of_arrival(journal):
    await asyncio.gather(*(journal.append(record(number)) for number in range(100)))
    rows = open_reader(journal.path).execute("SELECT message_id FROM message ORDER BY id")
    assert [int(row[0]) for row in rows] == list(range(100))


async def test_retried_start_gets_the_same_transaction_id_also_after_a_restart(tmp_path):
    path, ids = str(tmp_path / "j.sqlite"), []
    for _ in range(2):
        journal = Journal(path, Clock())
        starts = [record(number, "start", None) for number in (1, 2, 1)]
        ids += [(await journal.append(start)).transaction_id for start in starts]
        other = await journal.append(record(1, "start", None, station="CP-2"))
        assert other.transaction_id not in ids
        journal.close()
    assert ids[0] == ids[2] == ids[3] == ids[5] and ids[1] == ids[4] != ids[0]


async def test_one_value_that_does_not_fit_does_not_fail_the_others(journal):
    bad = record(2)
    bad.raw = "\ud800"
    results = await asyncio.gather(
        journal.append(record(1)), journal.append(bad), journal.append(record(3)), return_exceptions=True
    )
    assert [isinstance(result, JournalWriteError) for result in results] == [False, True, False]
    assert journal.healthy


def test_second_bridge_on_one_journal_is_refused(journal):
    with pytest.raises(JournalLockedError, match="another bridge works on this journal"):
        Journal(journal.path, Clock())


def test_journal_of_a_newer_version_or_another_kind_is_refused(tmp_path):
    newer, other, text = (str(tmp_path / name) for name in ("newer", "other", "text"))
    Journal(newer, Clock()).close()
    with sqlite3.connect(newer) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalVersionError, match="newer bridge"):
        Journal(newer, Clock())
    with pytest.raises(JournalVersionError):
        open_reader(newer)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE t (a)")
    with pytest.raises(JournalError, match="not a bridge journal"):
        Journal(other, Clock())
    pathlib.Path(text).write_text("hello " * 1000)
    with pytest.raises(JournalError, match="cannot open journal"):
        Journal(text, Clock())
    with pytest.raises(JournalError, match="no journal at"):
        open_reader(str(tmp_path / "none"))


async def test_full_disk_is_an_error_before_the_acknowledgement_and_heals_by_itself(bridge):
    async with bridge() as running, station(running.port) as cp, station(running.port, "CP-2", "2.0.1") as other:
        transaction = (await cp.call("StartTransaction", start_16()))["transactionId"]
        pages = running.journal._db.execute("PRAGMA page_count").fetchone()[0]
        await limit_pages(running, pages)
        refused = None
        for number in range(2000):  # what fits into the last pages is still taken
            filler = register(number, at("08:30"), note="x" * 3000)
            refused = await cp.frame("MeterValues", meter_16(transaction, filler))
            if refused[0] == 4:
                break
        assert refused[0] == 4 and refused[2] == "InternalError" and "again later" in refused[3]
        assert not running.journal.healthy and "full" in running.journal.fault
        assert running._health()[0] == 503
        big = plain_2x()[0] | {"customData": {"vendorId": "x" * 9000}}
        assert (await other.frame("TransactionEvent", big))[2] == "InternalError"
        assert (await cp.frame("Heartbeat", {}))[0] == 3  # what needs no disk goes on
        await limit_pages(running, 1 << 30)
        await eventually(lambda: running._health()[0] == 200)
        assert await cp.call("StopTransaction", stop_16(transaction)) == {}
        await eventually(lambda: running.metrics.total("cdrs") == 1)


async def limit_pages(running, pages: int) -> None:
    """A disk that is full, as SQLite sees it. The pragma answers with a row, so it goes round the writer's queue."""
    running.journal._db.execute(f"PRAGMA max_page_count = {pages}").fetchall()


BRIDGE_WITH_SMALL_FILES = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from ocpp_bridge.cli import main
sys.exit(main())
"""


async def test_file_size_limit_of_the_system_loses_nothing_that_was_acknowledged(tmp_path):
    """A real write error from the kernel, in a process of its own; then room again, without a restart."""
    journal = tmp_path / "j.sqlite"
    environment = {
        **os.environ, "OCPP_BRIDGE_HOST": "127.0.0.1", "OCPP_BRIDGE_PORT": "0", "OCPP_BRIDGE_JOURNAL": str(journal),
        "OCPP_BRIDGE_SECURITY_PROFILE": "0", "OCPP_BRIDGE_ACCEPT_UNKNOWN_STATIONS": "true",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", BRIDGE_WITH_SMALL_FILES, "400000", "serve"], env=environment, stderr=subprocess.PIPE
    )
    try:
        port = json.loads(process.stderr.readline())["port"]
        acknowledged = 0
        async with station(port, "CP-1", "2.0.1") as cp:
            for number in range(1000):
                payload = plain_2x()[1] | {"seqNo": number, "customData": {"vendorId": "x" * 2000}}
                answer = await cp.frame("TransactionEvent", payload)
                if answer[0] == 4:
                    break
                acknowledged += 1
            assert answer[0] == 4 and answer[2] == "InternalError" and acknowledged > 10
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            assert (await cp.frame("TransactionEvent", plain_2x()[1]))[0] == 3
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    db = sqlite3.connect(journal)
    assert db.execute("SELECT count(*) FROM message").fetchone()[0] == acknowledged + 1
