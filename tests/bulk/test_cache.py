"""Is compiled code kept where nobody else can put any, and done without wherever it is not as it was written?"""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba")
from ketref.bulk import cache
from ketref.bulk.cache import FOLDER, folder
from ketref.bulk.compiling import compiled

posix = pytest.mark.skipif(sys.platform == "win32", reason="its files have neither such owners nor such modes")
ANOTHER = 65534  # a user
RAN = "RAN"


def twice(x):
    """What is compiled here."""
    return x + x


def asked() -> tuple[int, int, int]:
    """What a process that has not compiled anything yet answers: two times 21, what it found kept and what not."""
    fast: Any = compiled.__wrapped__(twice)
    return fast(21), sum(fast.stats.cache_hits.values()), sum(fast.stats.cache_misses.values())


COMPILED, FOUND = (42, 0, 1), (42, 1, 0)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for compiled code, which is not there yet."""
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def anothers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Gives a folder to another user; where only root could do that, this process is the other one."""

    def give(path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, ANOTHER, ANOTHER)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: ANOTHER)

    return give


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Lets whatever is made be written by anybody, unless it is made otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class Touch:
    """What touches a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


# ---------------------------------------------------------------- where


@posix
@pytest.mark.usefixtures("open_umask")
def test_what_is_made_is_for_this_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path / "a" / "b"))
    assert asked() == COMPILED
    assert [mode(tmp_path / name) for name in ("a", "a/b")] == [0o700, 0o700]
    assert [mode(file) for file in (tmp_path / "a" / "b").iterdir()] == [0o600]
    assert asked() == FOUND


@posix
@pytest.mark.parametrize("spoiled", [".", "kept"])
@pytest.mark.parametrize("modes", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_or_that_lies_in_one_is_refused(tmp_path, place, spoiled, modes):
    place.mkdir()
    (tmp_path / spoiled).chmod(modes)
    with pytest.warns(RuntimeWarning, match=f"compiled code is not kept.* others may write to `{tmp_path / spoiled}`"):
        assert folder() is None
    assert (asked(), list(place.iterdir())) == (COMPILED, [])
    (tmp_path / spoiled).chmod(0o700)


@posix
@pytest.mark.parametrize("spoiled", [".", "kept"])
def test_a_folder_of_another_user_or_in_one_is_refused(tmp_path, place, spoiled, anothers):
    place.mkdir()
    anothers(tmp_path / spoiled)
    with pytest.warns(RuntimeWarning, match="it is of another user"):
        assert folder() is None
    assert (asked(), list(place.iterdir())) == (COMPILED, [])


@posix
def test_no_folder_is_made_in_one_that_is_refused(tmp_path, place):
    tmp_path.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="compiled code is not kept"):
        assert folder() is None
    assert not place.exists()
    tmp_path.chmod(0o700)


@posix
def test_a_folder_of_ones_own_may_lie_where_everybody_has_one(tmp_path, place):
    tmp_path.chmod(0o1777)
    assert folder() == place
    place.chmod(0o1777)  # to be shared is not for the folder itself
    cache._opened.cache_clear()
    with pytest.warns(RuntimeWarning, match="others may write"):
        assert folder() is None
    tmp_path.chmod(0o700)


@posix
@pytest.mark.parametrize(("modes", "found"), [(0o700, True), (0o777, False)])
def test_of_a_link_the_real_folder_counts(tmp_path, place, modes, found):
    real = tmp_path / "shared" / "real"
    real.mkdir(parents=True)
    real.parent.chmod(modes)
    place.symlink_to(real)
    if found:
        assert folder() == real
    else:
        with pytest.warns(RuntimeWarning, match=f"others may write to `{real.parent}`"):
            assert folder() is None


def test_a_folder_that_depends_on_the_working_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(FOLDER, "kept")
    with pytest.warns(RuntimeWarning, match="`kept` depends on the working folder"):
        assert folder() is None
    assert not any(tmp_path.iterdir())


def test_the_folder_is_the_one_that_is_named_else_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER, str(tmp_path / "kept"))
    assert folder() == tmp_path / "kept"
    if not sys.platform.startswith("linux"):
        return
    monkeypatch.delenv(FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert folder() == tmp_path / "caches" / "ketref"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for unsaid in ("", "relative"):  # which is invalid, and to be ignored, as its specification says
        monkeypatch.setenv("XDG_CACHE_HOME", unsaid)
        assert folder() == tmp_path / "home" / ".cache" / "ketref"


def test_a_refusal_is_told_once_and_answers_go_on(tmp_path):
    """By the command line: as a note of ketref, on standard error."""
    questions = tmp_path / "questions.csv"
    questions.write_text("substance,matrix,since\n" + "ketamine,urine,36 h\n" * 3)
    words = [sys.executable, "-m", "ketref", "detect-many", str(questions), "-o", "-", "--quiet"]
    environment = {**os.environ, FOLDER: "kept", "NUMBA_DISABLE_JIT": "1"}  # to compile would take its time
    ran = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert ran.returncode == 0
    assert ran.stdout.count("possible") == 3
    assert ran.stderr.startswith("ketref: compiled code is not kept, ")
    assert ran.stderr.count("compiled code") == 1


# ---------------------------------------------------------------- what


@posix
@pytest.mark.parametrize("modes", [0o600, 0o644, 0o666, 0o620])
def test_only_code_that_nobody_else_could_write_is_run(place, tmp_path, modes):
    assert asked() == COMPILED
    (file,) = place.iterdir()
    planted = pickle.dumps(Touch(tmp_path / RAN))
    file.write_bytes(hashlib.sha256(planted).digest() + planted)
    file.chmod(modes)
    assert asked() == COMPILED
    assert (tmp_path / RAN).exists() == (modes in {0o600, 0o644})


@posix
def test_a_file_of_another_user_is_not_run(place, anothers):
    assert asked() == COMPILED
    assert asked() == FOUND
    anothers(next(place.iterdir()))
    assert asked() == COMPILED


def spoilt(kept: bytes) -> dict[str, bytes]:
    other = pickle.dumps("other")
    flips = {f"bit {at}": flipped(kept, at) for at in (0, 7, 256, 1000, 4 * len(kept), 8 * len(kept) - 1)}
    cuts = {f"cut at {at}": kept[:at] for at in (0, 1, 31, 32, 33, len(kept) // 2, len(kept) - 1)}
    return {
        **flips,
        **cuts,
        "more": kept + b"\0",
        "zeros": bytes(len(kept)),
        "garbage": bytes(range(256)) * 9,
        "a pickle": other,
        "another pickle, well kept": hashlib.sha256(other).digest() + other,
        "no pickle, well kept": hashlib.sha256(b"garbage").digest() + b"garbage",
        "nothing, well kept": hashlib.sha256(b"").digest(),
    }


def flipped(kept: bytes, bit: int) -> bytes:
    return kept[: bit // 8] + bytes([kept[bit // 8] ^ 1 << bit % 8]) + kept[bit // 8 + 1 :]


def test_what_is_not_as_it_was_written_is_compiled_anew_and_kept_again(place):
    assert asked() == COMPILED
    (file,) = place.iterdir()
    kept = file.read_bytes()
    for spoiled, content in spoilt(kept).items():
        file.write_bytes(content)
        assert (spoiled, asked()) == (spoiled, COMPILED)
        assert (spoiled, asked()) == (spoiled, FOUND)
    assert list(place.iterdir()) == [file]


@pytest.mark.parametrize("spoiled", ["a folder", "a dangling link"])
def test_what_is_no_file_is_done_without(place, spoiled):
    assert asked() == COMPILED
    (file,) = place.iterdir()
    file.unlink()
    file.mkdir() if spoiled == "a folder" else file.symlink_to(place / "gone")
    assert asked() == COMPILED


def test_what_was_compiled_for_another_signature_is_not_taken_for_it(place):
    """Though it lies there under its name."""
    fast: Any = compiled.__wrapped__(twice)
    assert (fast(21), fast(1.5)) == (42, 3.0)
    one, other = place.iterdir()
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    fresh: Any = compiled.__wrapped__(twice)
    assert (fresh(21), fresh(1.5), sum(fresh.stats.cache_hits.values())) == (42, 3.0, 0)


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_done_without(place, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("mkstemp", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(cache.tempfile if step == "mkstemp" else os, step, full)
            assert asked() == COMPILED
        assert list(place.iterdir()) == []
    assert asked() == COMPILED
    assert asked() == FOUND


def test_where_no_folder_can_be_made_nothing_is_kept(tmp_path, monkeypatch):
    in_the_way = tmp_path / "a-file"
    in_the_way.write_text("")
    for below in ("below", "below/further"):
        monkeypatch.setenv(FOLDER, str(in_the_way / below))
        assert asked() == COMPILED
    assert in_the_way.read_text() == ""


@posix
def test_a_process_that_is_killed_while_it_writes_leaves_nothing_that_fails_later(place):
    killed = os.fork()
    if not killed:
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        asked()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(killed, 0)[1]) == -signal.SIGKILL
    assert len(list(place.iterdir())) == 1
    assert asked() == COMPILED
    assert asked() == FOUND
