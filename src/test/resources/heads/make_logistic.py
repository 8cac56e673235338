"""Writes logistic.json: samples by formula and what scikit-learn 1.9 fits to them (pip install scikit-learn)."""

import json
import math
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression

SAMPLES, WIDTH, CLASSES = 150, 6, 3

features = np.array(
    [[math.sin(1.7 * i + 0.9 * j * j) + 0.8 * (i % CLASSES == j) for j in range(WIDTH)] for i in range(SAMPLES)],
    dtype=np.float32,
)
labels = np.array([(i + (i % 11 == 0)) % CLASSES for i in range(SAMPLES)])
fits = []
for c in (0.01, 1.0, 100.0):
    model = LogisticRegression(C=c, tol=1e-12, max_iter=100_000).fit(features.astype(np.float64), labels)
    fits.append(
        {
            "c": c,
            "weights": model.coef_.tolist(),
            "bias": model.intercept_.tolist(),
            "probabilities": model.predict_proba(features.astype(np.float64))[:10].tolist(),
        }
    )
out = {"features": features.tolist(), "labels": labels.tolist(), "fits": fits}
pathlib.Path(__file__).with_name("logistic.json").write_text(json.dumps(out) + "\n")
