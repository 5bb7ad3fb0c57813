"""A sweep in NumPy: how does the status of each specimen change over the 90 days after one dose of ketamine?

It needs `pip install -c constraints.txt -e ".[bulk]"`.
"""

import numpy as np

import ketref

MARKS = {"not_yet": ".", "possible": "~", "expected": "#", "not_expected": "-", "unknown": "?"}
matrices = np.array(["blood", "urine", "oral-fluid", "sweat", "hair", "breast-milk"])
days = np.arange(0, 90, 2)
matrix, elapsed = np.meshgrid(np.arange(len(matrices)), days.astype("m8[D]"), indexing="ij")

answers = ketref.detect_many(
    {
        "substance": "ketamine",  # a scalar stands for every row
        "matrix": matrices[matrix.ravel()],
        "since": elapsed.ravel(),
    },
    columns=("status",),
)
status = answers["status"].reshape(matrix.shape)

for name, row in zip(matrices, status, strict=True):
    print(f"{name:>12} {''.join(MARKS[each] for each in row)}")
print(f"{'day':>12} 0{'90':>{len(days) - 1}}")
print("  ".join(f"{mark} {name}" for name, mark in MARKS.items()))
print("What the rules say of a single dose, dose and method unsaid; individuals differ. No medical or legal advice.")
