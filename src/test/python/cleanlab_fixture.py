"""Writes src/test/resources/audit/cleanlab.csv: what cleanlab finds in drawn probabilities.

Run with cleanlab 2.9.0 (PyPI). A row is a label, the probabilities of four classes, and whether
find_label_issues takes the label for wrong (filter_by="both"). The
first rows, which begin with #, are the confident joint and the thresholds.
"""

import pathlib

import numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues

CLASSES = 4
draw = np.random.default_rng(23)
true = draw.integers(CLASSES, size=200)
labels = np.where(draw.random(200) < 0.25, draw.integers(CLASSES, size=200), true)
scores = draw.normal(size=(200, CLASSES)) + 2.2 * np.eye(CLASSES)[true]
probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
probabilities = probabilities.astype(np.float32).astype(float)

joint = compute_confident_joint(labels, probabilities)
issues = find_label_issues(labels, probabilities, filter_by="both", n_jobs=1)
file = pathlib.Path(__file__).parent.parent / "resources/audit/cleanlab.csv"
with file.open("w") as out:
    for row in joint:
        out.write("#joint," + ",".join(map(str, row)) + "\n")
    thresholds = get_confident_thresholds(labels, probabilities)
    out.write("#thresholds," + ",".join(f"{t:.9f}" for t in thresholds) + "\n")
    for label, row, issue in zip(labels, probabilities, issues):
        out.write(f"{label}," + ",".join(f"{p:.9g}" for p in row) + f",{int(issue)}\n")
print(joint, issues.sum(), "issues;", ((labels != true)).sum(), "labels are wrong")
