"""Tables of doses and samples, drawn at random."""

from __future__ import annotations

import random
from typing import Any

ROUTES = ["oral", "nasal", "intravenous", "oralish", None]  # the fourth is not one
TIMES = ["2026-03-{:02d}T08:30Z", "2026-03-{:02d}", "2026-03-{:02d}T23:59:59+02:00", "March {}"]
Rows = list[dict[str, Any]]


def drawn(seed: int, subjects: list[Any], rows: int) -> tuple[Rows, Rows]:
    """Doses and samples, some of them not understood, in any order."""
    of = random.Random(seed)  # noqa: S311

    def time() -> str:
        return of.choices(TIMES, [8, 2, 2, 0.2])[0].format(of.randint(1, 28))

    doses = [
        {
            "subject": of.choice(subjects),
            "substance": of.choice(["ketamine", "esketamine"]),
            "route": of.choices(ROUTES, [4, 3, 3, 0.2, 1])[0],
            "start": time(),
        }
        for _ in range(rows)
    ]
    samples = [
        {
            "note": str(number),
            "subject": of.choices([*subjects, None], [3] * len(subjects) + [0.3])[0],
            "matrix": of.choices(["urine", "hair", "blood", "urin"], [5, 3, 2, 0.3])[0],
            "time": time(),
        }
        for number in range(rows)
    ]
    return doses, samples
