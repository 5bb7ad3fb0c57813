"""A laboratory's results in a pandas frame: is each of them what the dose that was named would lead one to expect?

It needs `pip install -c constraints.txt -e ".[bulk]" pandas`.
"""

import pandas as pd

import ketref

results = pd.DataFrame(
    {
        "sample": ["U-17", "U-18", "H-03", "S-41", "U-19"],
        "substance": ["ketamine", "Ketamine", "esketamine", "ketamine", "ketamine"],
        "matrix": ["urine", "urine", "hair", "saliva", "urin"],  # the last one is a slip of the pen
        "method": ["GC-MS", "GC-MS", None, "LC-MS/MS", "GC-MS"],
        "cutoff": [25, 25, None, None, 25],
        "cutoff_unit": ["ng/mL", "ng/mL", None, None, "ng/mL"],
        "taken": pd.to_datetime(["2026-03-01T21:00Z"] * 5),
        "at": pd.to_datetime(
            ["2026-03-02T09:00Z", "2026-03-31T09:00Z", "2026-04-20T09:00Z", "2026-03-03T21:00Z", "NaT"]
        ),
        "positive": [True, True, True, False, False],
    }
)
answers = ketref.detect_many(results, columns=("status", "rule", "next_change_s"), on_error="reject")
interpreted = results[["sample", "positive"]].join(answers)


def note(row: pd.Series) -> str:
    """What a prediction and a result say to each other; a status is no verdict on a person."""
    if isinstance(row["reject"], str):
        return "not asked: " + row["reject"].split(";")[0]
    if row["status"] == "not_expected" and row["positive"]:
        return "positive, where hardly anybody would be after the dose that was named"
    if row["status"] == "expected" and not row["positive"]:
        return "negative, where nearly everybody would be positive"
    return "no contradiction"


for _, row in interpreted.iterrows():
    result = "positive" if row["positive"] else "negative"
    rule = row["rule"] if isinstance(row["rule"], str) else "no rule"
    print(f"{row['sample']}: {result}, {row['status']} [{rule}]: {note(row)}")

print("A reference, not medical or legal advice: individuals, doses and laboratories differ.")
