"""Do the lines for Dask in docs/scale-out.md give the answers of one machine?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

dask = pytest.importorskip("dask", reason="needs Dask, in an environment of its own: nox -s spark")
dd = pytest.importorskip("dask.dataframe", reason="needs Dask's data frames: nox -s spark")
pd = pytest.importorskip("pandas")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale-out.md"


@pytest.mark.filterwarnings("ignore")  # what Dask's own packages warn of
def test_dask_gives_the_answers_of_one_machine() -> None:
    blocks = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (lines,) = (block for block in blocks if "dask" in block)
    rows = range(60)
    doses = pd.DataFrame(
        {"subject": [f"s{n % 17}" for n in rows], "substance": "ketamine", "start": "2026-03-01T08:00Z"}
    )
    samples = pd.DataFrame({"row": rows, "subject": [f"s{n % 19}" for n in rows], "matrix": "urine"})
    samples["time"] = [f"2026-03-{n % 20 + 2:02}T08:00Z" for n in rows]
    names: dict[str, Any] = {"doses": dd.from_pandas(doses, 3), "samples": dd.from_pandas(samples, 4)}
    with dask.config.set(scheduler="threads"):
        exec(lines, names)  # noqa: S102
        found = names["answers"].compute().sort_values("row").reset_index(drop=True)
    expected = names["evaluated"](doses, samples)
    assert set(expected["status"]) >= {"expected", "no_record"}
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
