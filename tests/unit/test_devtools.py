"""The small parts the set-up stands on."""

from devtools.stamp import Stamp, digest
from devtools.suites import count


def test_a_stamp_holds_for_the_same_inputs_only(tmp_path):
    source = tmp_path / "lock.txt"
    source.write_text("a==1")
    stamp = Stamp(tmp_path / "stamps" / "python", source)
    assert not stamp.is_current()
    stamp.set()
    assert Stamp(tmp_path / "stamps" / "python", source).is_current()
    source.write_text("a==2")
    assert not Stamp(tmp_path / "stamps" / "python", source).is_current()


def test_a_folder_is_hashed_by_names_and_contents(tmp_path):
    (tmp_path / "one").write_text("x")
    first = digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "one.pyc").write_text("junk")
    assert digest(tmp_path) == first
    (tmp_path / "one").rename(tmp_path / "two")
    assert digest(tmp_path) != first


def test_counts_are_read_from_the_report(tmp_path):
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/></testsuites>')
    assert str(count(report, 1)) == "5 passed, 2 failed, 2 skipped"


def test_a_suite_that_died_or_ran_nothing_counts_as_failed(tmp_path):
    assert count(tmp_path / "missing.xml", 0).failed == 1
    report = tmp_path / "r.xml"
    report.write_text('<testsuites><testsuite tests="0" failures="0" errors="0" skipped="0"/></testsuites>')
    assert count(report, 5).failed == 1
