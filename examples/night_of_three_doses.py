"""A night of three doses, whose times are known to the hour at best: what may still be going on, and until when?"""

import ketref

night = [
    {"substance": "ketamine", "route": "insufflated", "start": "2026-03-01T22:00+01:00 ± 30 min"},
    {"substance": "ketamine", "route": "insufflated", "start": "2026-03-01T23:45+01:00 ± 30 min"},
    {"substance": "ketamine", "route": "insufflated", "start": "2026-03-02T00:30+01:00 ± 30 min"},
]
answer = ketref.history(night, at="2026-03-02T02:00+01:00", matrix=["urine", "oral-fluid"])

for dose in answer.doses:
    print(f"dose {dose['number']}, {dose['start']}: {' or '.join(dose['phases'])}")

for test in answer.tests:
    change = test["next_change"]
    until = "no further change is stated"
    if change:
        at = change["at"][:10] if change["at_unit"] == "day" else change["at"]
        until = f"{change['status']} from {at}"
    print(f"{test['matrix']}: {test['status']} ({test['rule']}, as {test['pattern']} use); {until}")

for caution in answer.cautions:
    if caution["kind"] in {"discharge", "driving"}:
        print(f"{caution['kind']} ({caution['authority']}): {caution['instruction']}")
print(*answer.assumes, sep="; ")
