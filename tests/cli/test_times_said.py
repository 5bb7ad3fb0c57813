"""Does a command line say how the times of a file are written?"""

from __future__ import annotations

import json

import ketref


def ran(run, *arguments):
    found = run(*arguments)
    return found.code, found.out, found.err


def answered(run, *arguments):
    code, out, err = ran(run, *arguments)
    assert code == 0, err
    return json.loads(out), err


def test_a_log_of_local_times_is_asked_now_and_in_a_zone(run, tmp_path):
    log = tmp_path / "log.csv"
    log.write_text("substance,start,route\nketamine,2026-03-01T22:00,nasal\n")
    form, _ = answered(run, "history", str(log), "--format", "json")
    assert any("local time of this machine" in one for one in form["assumes"])
    asked = ("history", str(log), "--at", "2026-03-02T21:00Z", "--format", "json")
    form, _ = answered(run, *asked, "--tz", "Europe/Berlin")
    assert form["doses"][0]["elapsed_s"] == 24 * 3600
    code, out, _ = ran(run, *asked)
    assert code == 2
    assert "--tz" in out


def test_dates_are_read_in_the_order_that_is_said(run):
    asked = ("detect", "ketamine", "--matrix", "urine", "--taken", "1.3.2026 14:30", "--at", "02.03.2026 14:30")
    form, _ = answered(run, *asked, "--dates", "dmy", "--format", "json")
    assert form["elapsed_s"] == 24 * 3600
    code, _, err = ran(run, *asked)
    assert code == 2
    assert "--dates" in err


def test_a_column_of_midnights_is_told_of_and_may_be_days(run, tmp_path):
    doses, samples = tmp_path / "doses.csv", tmp_path / "samples.csv"
    doses.write_text("subject,substance,start\nA,ketamine,2026-03-01T00:00\nB,ketamine,2026-03-02 00:00:00\n")
    samples.write_text("subject,matrix,time\nA,urine,2026-03-03T14:00\n")
    asked = (
        "evaluate",
        str(doses),
        str(samples),
        "-o",
        str(tmp_path / "out.csv"),
        "--columns",
        "elapsed_s,elapsed_longest_s",
        "--force",
        "--quiet",
    )
    _, _, err = ran(run, *asked)
    assert "--midnight day" in err
    out = (tmp_path / "out.csv").read_text()
    assert out.splitlines()[1].endswith(f"{62 * 3600},{62 * 3600},")
    _, _, err = ran(run, *asked, "--midnight", "day")
    assert not err
    out = (tmp_path / "out.csv").read_text()
    assert out.splitlines()[1].endswith(f"{38 * 3600},{62 * 3600},")


def test_an_answer_in_a_zone_that_was_said_is_given_again():
    asked = {"taken": "1.3.2026 22:00", "at": "2026-03-05T10:00Z", "tz": "Europe/Berlin", "dates": "dmy"}
    form = ketref.detect("ketamine", matrix="urine", **asked).to_dict()
    again = {name: form["question"][name] for name in ("taken", "at")}
    assert ketref.detect("ketamine", matrix="urine", **again).to_dict() == form
