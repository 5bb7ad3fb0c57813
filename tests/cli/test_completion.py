"""Do shells complete a command line of ketref, and does a manual page tell every command?"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from support.faults import SOUND

pytest.importorskip("shtab")
pytest.importorskip("argparse_manpage")
ASK = """
source {script}
function=$(complete -p ketref | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); $function ketref; echo "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_flags_and_words_of_the_rules(run, folder, tmp_path: Path) -> None:
    ran = run("completion", "bash", "--rules", folder(SOUND))
    assert (ran.code, ran.err) == (0, "")
    script = tmp_path / "script"
    script.write_text(ran.out, "utf-8")
    for words, found in (
        ("ketref det", "detect detect-many"),
        ("ketref detect xam", "xamine"),
        ("ketref detect xamine --mat", "--matrix"),
        ("ketref detect xamine --matrix uri", "urine"),
    ):
        asked = ["bash", "--norc", "-c", ASK.format(script=script, words=words)]
        assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == found


@pytest.mark.parametrize("shell", ["fish", "tcsh", "zsh"])
def test_other_shells_are_told_every_command_too(run, shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert "effects-many" in ran.out
    assert "ketamine" in ran.out
    if shell != "tcsh" and shutil.which(shell):
        subprocess.run([shell, "-n", "/dev/stdin"], input=ran.out, text=True, check=True)


def test_the_manual_page_tells_every_command_with_its_flags(run) -> None:
    ran = run("completion", "man")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(".TH KETREF")
    for words in ("ketref\\fR \\fI\\,interpret", "\\-\\-cutoff", "not medical or legal advice"):
        assert words in ran.out


def test_a_shell_that_is_not_known_is_said(run) -> None:
    ran = run("completion", "cmd")
    assert ran.code == 2
    assert "bash" in ran.err
