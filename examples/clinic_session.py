"""A clinic session: three sprays of esketamine; which phase, which effects, when may she leave, may she drive?"""

import ketref

session = [
    {
        "substance": "esketamine",
        "route": "nasal",
        "dose": "84 mg",
        "start": "2026-03-01T14:20+01:00",
        "end": "2026-03-01T14:30+01:00",  # the last spray
    }
]
answer = ketref.history(session, at="2026-03-01T15:10+01:00")

(dose,) = answer.doses
print("phase:", " or ".join(dose["phases"]), f"[{dose['phase_rule']}]")

print("in their window, or possibly:")
for effect in answer.effects:
    if effect["status"] != "unknown":
        percent = f"{effect['percent']} % against {effect['comparator_percent']} %" if effect["percent"] else "-"
        print(f"  {effect['name']}: {percent} ({effect['source']})")

for caution in answer.cautions:
    if caution["kind"] in {"observation", "driving"}:
        lifts = [f"not before {caution['not_before']}"] if caution["not_before"] else []
        lifts.append(f"only after {caution['until_event']}")
        print(f"{caution['kind']} ({caution['authority']}):", ", and ".join(lifts))

print("next changes of the phase:")
for change in answer.changes:
    if change["kind"] == "phase":
        print(f"  {change['at']}: {' or '.join(change['after'])}")

print(answer.to_dict()["notice"])
