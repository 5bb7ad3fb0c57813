"""A trial subject: a course of infusions, a sample at every visit, and a history that begins with the trial."""

from datetime import datetime, timedelta, timezone
from functools import partial

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
    asked = partial(ketref.history, INFUSIONS, at=visit, matrix="urine", method="lc-ms", cutoff="25 ng/mL")
    (known,) = asked().tests
    (partly,) = asked(known_since=FIRST - timedelta(days=14)).tests
    print(f"day {day}: {known['status']} (dose {known['dose']}, {known['pattern']} use, {known['rule']}),", end=" ")
    print(f"{partly['status']} if only two weeks before the trial are known")
