"""A trial subject: a course of infusions, a sample at every visit, and a history that begins with the trial."""

from datetime import datetime, timedelta, timezone

import ketref

FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
INFUSIONS = [
    {
        "substance": "ketamine",
        "route": "intravenous",
        "dose": "0.5 mg/kg",
        "weight": "72 kg",
        "start": FIRST + timedelta(days=day),
        "end": FIRST + timedelta(days=day, minutes=40),
    }
    for day in (0, 3, 7, 10, 14, 17)
]

for day in (0, 3, 17, 19, 45, 150):
    visit = FIRST + timedelta(days=day, hours=2)
    asked = {"at": visit, "matrix": "urine", "method": "lc-ms", "cutoff": "25 ng/mL"}
    (known,) = ketref.history(INFUSIONS, **asked).tests
    (partly,) = ketref.history(INFUSIONS, known_since=FIRST - timedelta(days=14), **asked).tests
    print(f"day {day}: {known['status']} (dose {known['dose']}, {known['pattern']} use, {known['rule']}),", end=" ")
    print(f"{partly['status']} if only two weeks before the trial are known")
