"""Does a result reach its place whole, and is nothing lost where it cannot?"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from ketref import places
from ketref.places import place, put

OLD, NEW = b"old\n", b"new\n" * 100_000
UNBUFFERED = {**os.environ, "PYTHONUNBUFFERED": "1"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_obeys_the_mask_of_the_user(out, mask):
    before = os.umask(mask)
    try:
        put(str(out), NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~mask
    assert out.read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_there_keeps_its_mode(out, mode):
    out.write_bytes(OLD)
    out.chmod(mode)
    put(str(out), NEW)
    assert (stat.S_IMODE(out.stat().st_mode), out.read_bytes()) == (mode, NEW)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files to others")
def test_a_file_that_is_there_keeps_its_owner(out):
    out.write_bytes(OLD)
    os.chown(out, 12345, 54321)
    put(str(out), NEW)
    assert (out.stat().st_uid, out.stat().st_gid) == (12345, 54321)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_leads_to_what_is_new(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target.csv", tmp_path / "link.csv"
    if there:
        target.write_bytes(OLD)
    link.symlink_to("far/target.csv")
    put(str(link), NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert (names(tmp_path), names(target.parent)) == ({"far", "link.csv"}, {"target.csv"})


def test_a_long_name_is_written(tmp_path):
    path = tmp_path / ("é" * 125 + ".csv")
    put(str(path), NEW)
    put(str(path), NEW)
    assert names(tmp_path) == {path.name}


def too_large(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        put(str(path), NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def onto_a_folder(path: Path) -> None:
    put(str(path.parent), NEW)


@pytest.mark.parametrize(("write", "why"), [(too_large, errno.EFBIG), (onto_a_folder, errno.EISDIR)])
def test_what_cannot_be_written_leaves_all_as_it_was(out, write, why):
    out.write_bytes(OLD)
    with pytest.raises(OSError, match=r".") as raised:
        write(out)
    assert raised.value.errno == why
    assert (names(out.parent), out.read_bytes()) == ({"out.csv"}, OLD)


def test_an_interruption_leaves_all_as_it_was(out, monkeypatch):
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    out.write_bytes(OLD)
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put(str(out), NEW)
    assert (names(out.parent), out.read_bytes()) == ({"out.csv"}, OLD)


def test_a_file_is_on_the_disk_before_it_is_put_into_its_place(out, monkeypatch):
    done = []
    synced = os.fsync
    replaced = Path.replace
    monkeypatch.setattr(os, "fsync", lambda found: (done.append(stat.S_ISDIR(os.fstat(found).st_mode)), synced(found)))
    monkeypatch.setattr(Path, "replace", lambda path, to: (done.append("replaced"), replaced(path, to)))
    put(str(out), NEW)
    assert done == [False, "replaced", True]


def test_what_killed_runs_left_is_removed_and_what_others_write_is_not(out):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [f".out.csv.{ended.pid}.ketref-part", f".out.csv.{os.getpid()}.ketref-part"]
    kept = [f".out.csv.{os.getppid()}.ketref-part", f".other.csv.{ended.pid}.ketref-part", ".out.csv.x.ketref-part"]
    for name in [*left, *kept]:
        (out.parent / name).write_bytes(OLD)
    put(str(out), NEW)
    assert names(out.parent) == {"out.csv", *kept}


# ---------------------------------------------------------------- what is not a file


def test_a_pipe_with_a_name_is_written_into(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    put(str(pipe), NEW)
    reader.join(30)
    assert read == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_a_device(device):
    null = device(3)
    put(str(null), NEW)
    assert null.is_char_device()


def test_a_device_that_is_full_is_an_error(device):
    full = device(7)
    with pytest.raises(OSError, match="No space"):
        put(str(full), NEW)
    assert full.is_char_device()


@pytest.mark.parametrize("leads_to", ["/dev/fd/1", "/proc/self/fd/1"])
def test_a_descriptor_is_gone_on_with(out, leads_to):
    """As /dev/stdout leads to one, which a fault in what writes would replace for the whole machine."""
    if not os.path.exists(leads_to):
        pytest.skip("this system has no such name")
    link = out.parent / "stdout"
    link.symlink_to(leads_to)
    program = f"import os; os.write(1, b'first\\n'); from ketref.places import put; put({str(link)!r}, b'second\\n')"
    with out.open("wb") as file:
        file.write(b"before\n")
        file.flush()
        subprocess.run([sys.executable, "-c", program], stdout=file, check=True)
    assert out.read_bytes() == b"before\nfirst\nsecond\n"
    assert names(out.parent) == {"out.csv", "stdout"}


def test_one_file_has_one_place_whatever_it_is_called(out, monkeypatch):
    out.write_bytes(OLD)
    (out.parent / "link.csv").symlink_to("out.csv")
    os.link(out, out.parent / "hard.csv")
    (out.parent / "gone.csv").symlink_to("none.csv")
    monkeypatch.chdir(out.parent)
    assert len({place(name, 1) for name in (str(out), "out.csv", "./out.csv", "link.csv", "hard.csv")}) == 1
    assert place("none.csv", 1) == place("./gone.csv", 1) != place("out.csv", 1)
    assert place(os.devnull, 1) is None


# ---------------------------------------------------------------- standard output


def test_a_pipe_that_is_full_is_waited_for():
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
    found = bytearray()

    def slowly() -> None:
        while part := os.read(read, 4096):
            found.extend(part)
            time.sleep(0.0001)

    reader = threading.Thread(target=slowly)
    reader.start()
    places._pour(write, NEW)
    os.close(write)
    reader.join()
    os.close(read)
    assert bytes(found) == NEW


ANSWERS = "from ketref.cli.main import main; import sys; sys.exit(main(['export']))"


@pytest.mark.parametrize("environment", [dict(os.environ), UNBUFFERED])
def test_all_of_an_answer_comes_out_of_a_pipe_that_must_not_wait(environment):
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
    with subprocess.Popen([sys.executable, "-c", ANSWERS], stdout=write, env=environment) as program:
        os.close(write)
        found = bytearray()
        while part := os.read(read, 4096):
            found.extend(part)
            time.sleep(0.001)
    os.close(read)
    assert program.returncode == 0
    assert found.endswith(b"\n}\n")
    assert bytes(found) == subprocess.run([sys.executable, "-c", ANSWERS], capture_output=True, check=True).stdout


@pytest.mark.parametrize("words", [["export"], ["detect", "--help"], ["show", "ketamine"]])
@pytest.mark.parametrize("environment", [dict(os.environ), UNBUFFERED])
def test_an_answer_that_is_cut_short_is_an_error(out, words, environment):
    with out.open("wb") as file:
        ran = subprocess.run(
            [sys.executable, "-m", "ketref", *words],
            stdout=file,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY)),
        )
    assert (ran.returncode, "cannot write: File too large" in ran.stderr) == (4, True), ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


@pytest.mark.parametrize("environment", [dict(os.environ), UNBUFFERED])
def test_a_reader_that_has_enough_is_no_error(environment):
    with subprocess.Popen(
        [sys.executable, "-m", "ketref", "export"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as program:
        program.stdout.read(10)
        program.stdout.close()
        assert (program.stderr.read(), program.wait()) == (b"", 0)


# ---------------------------------------------------------------- signals


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("after", [0.01, 0.03, 0.1, 0.4])
def test_a_signal_ends_it_without_a_traceback(tmp_path, name, after):
    """At first while ketref is still being imported, at last while it waits for its input."""
    number = getattr(signal, name)
    started = tmp_path / "started"
    program = f"from ketref.__main__ import run\nopen({str(started)!r}, 'w').close()\nraise SystemExit(run())"
    with subprocess.Popen(
        [sys.executable, "-c", program, "history", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),  # whoever runs the tests may ignore it
    ) as ran:
        while not started.exists():
            time.sleep(0.001)
        time.sleep(after)
        ran.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            ran.wait(30)
        assert ran.returncode in {128 + number, -number}
        assert b"Traceback" not in ran.stderr.read()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_comes_where_nothing_can_be_raised_ends_it_a_little_later(name):
    program = f"""
import signal, time
from ketref.cli.main import _end_in_order

class Closing:
    def __del__(self):
        signal.raise_signal(signal.{name})
        time.sleep(0.01)

signal.signal(signal.{name}, signal.default_int_handler)
_end_in_order()
begun = time.monotonic()
try:
    Closing()
    time.sleep(20)
except KeyboardInterrupt as stop:
    print("ended by", stop.number, "before the wait was over" if time.monotonic() - begun < 19 else "too late")
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == (f"ended by {getattr(signal, name)} before the wait was over\n", "")
