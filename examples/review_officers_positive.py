"""A review officer's positive: a donor on esketamine, a screen, its confirmation, and an earlier negative."""

import ketref

RESULTS = [
    {
        "id": "screen",
        "matrix": "urine",
        "time": "2026-03-10T10:00+01:00",
        "outcome": "pos",
        "test": "ketamine",
        "method": "immunoassay",
    },
    {
        "id": "confirmation",
        "matrix": "urine",
        "time": "2026-03-10T10:00+01:00",
        "outcome": "positive",
        "analyte": "ketamine",
        "method": "gc-ms",
        "cutoff": "25 ng/mL",
        "value": "130 ng/mL",
    },
    {"id": "panel", "matrix": "urine", "time": "2026-03-10T10:00+01:00", "outcome": "negative", "panel": "SAMHSA 5"},
]
PRESCRIBED = [
    {"substance": "esketamine", "route": "nasal", "dose": "84 mg", "start": f"2026-03-{day}T14:20+01:00"}
    for day in ("02", "05", "09")
]

print("The screen alone:")
for sentence in ketref.infer(RESULTS[:1]).conclusions:
    print(" ", sentence)

answer = ketref.infer(RESULTS, doses=PRESCRIBED)
print("With its confirmation, and the doses that the clinic gave:")
for sentence in answer.conclusions:
    print(" ", sentence)
for result in answer.results:
    print(f"  {result['id']}: {result['verdict']}. {result['says']}")

earlier = ketref.infer(RESULTS, doses=PRESCRIBED[:1], known_since="2025-12-01T00:00+01:00", pattern="single")
print("Had it been the first of them only:")
for result in earlier.results[:2]:
    print(f"  {result['id']}: {result['verdict']}. {result['says']}")
