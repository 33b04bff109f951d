"""What can go wrong with the two commands ends in one line that says what to do."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from devtools.debian import Debian
from devtools.errors import SetupError
from devtools.ports import check_free
from devtools.progress import Progress, explain
from devtools.settings import Settings
from devtools.setup import check_disk, one_line

ROOT = Path(__file__).resolve().parents[2]


def settings(tmp_path, **environ):
    made = Settings(environ)
    made.runtime = made.cache = tmp_path
    return made


@pytest.mark.parametrize(
    ("environ", "name", "words"),
    [
        ({"ODOO_HOME": "/nowhere"}, "odoo_home", "has no odoo/release.py"),
        ({"PORT_BASE": "abc"}, "port_base", "choose a number from 1024"),
        ({"PORT_BASE": "80"}, "port_base", "choose a number from 1024"),
        ({"DATABASE_URL": "mysql://x"}, "external_database", "expected postgresql://"),
    ],
)
def test_wrong_variables_say_what_is_expected(environ, name, words):
    with pytest.raises(SetupError, match=words):
        getattr(Settings(environ), name)


def test_another_odoo_version_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0)\nversion = '18.0'\n")
    with pytest.raises(SetupError, match="Odoo 18.0: version 19.0 is needed"):
        _ = Settings({"ODOO_HOME": str(tmp_path)}).odoo_home


def test_database_variables_are_understood():
    database = Settings({"DATABASE_URL": "postgresql://ev:p%40ss@db.example:5433/x"}).external_database
    assert (database.host, database.port, database.user, database.password) == ("db.example", 5433, "ev", "p@ss")
    assert Settings({"PGHOST": "db", "PGUSER": "me"}).external_database.env["PGUSER"] == "me"
    assert Settings({}).external_database is None


def test_a_taken_port_names_the_variable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match="PORT_BASE"):
            check_free(taken.getsockname()[1], "Odoo")


def test_a_full_disk_is_noticed_before_and_during(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 1000))
    with pytest.raises(SetupError, match="The disk is full"):
        check_disk(settings(tmp_path))
    assert "disk is full" in one_line(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert one_line(ValueError("a bug")) is None


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("W: ...\nE: Unable to locate package odoo-19", "mirror lacks a package"),
        ("Err:1 Temporary failure resolving 'mirror'", "No network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("something\nlast words\n", "Step failed: last words"),
        ("", "Step failed: no output"),
    ],
)
def test_what_tools_print_becomes_advice(output, words):
    assert words in explain(output, "Step failed")


def test_without_apt_the_way_out_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    debian = Debian(settings(tmp_path), Progress(tmp_path / "log"), ["sid"])
    with pytest.raises(SetupError, match="No apt on this machine and no ODOO_HOME.*docker/"):
        debian.update()


def test_an_old_python_gets_an_answer_and_not_a_traceback():
    pretend = "import sys, runpy; sys.version_info = (3, 9, 0); sys.argv = ['devtools']"
    code = f"{pretend}; runpy.run_module('devtools', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: Python 3.9 is too old")


def test_two_makes_in_one_folder_do_not_meet(tmp_path):
    from devtools.cli import exclusive

    mine = settings(tmp_path)
    with exclusive(mine), pytest.raises(SetupError, match="Another make"), exclusive(mine):
        pass
