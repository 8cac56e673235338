"""Makes expected.json: what SciPy and scikit-learn find for the same numbers.

pip install numpy scipy scikit-learn && python make.py
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

random = np.random.default_rng(23)
logits = (4 * random.standard_normal((200, 4))).astype(np.float32)
labels = [int(random.choice(4, p=softmax(row / 2.5))) for row in logits.astype(float)]


def loss(temperature):
    return -log_softmax(logits.astype(float) / temperature, axis=1)[np.arange(200), labels].mean()


def calibration_error(temperature):
    probabilities = softmax(logits.astype(float) / temperature, axis=1)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
    return sum(abs(right[bins == b].sum() - confidence[bins == b].sum()) for b in range(15)) / 200


temperature = minimize_scalar(loss, bounds=(0.1, 20), method="bounded", options={"xatol": 1e-12}).x
known = np.round(random.standard_normal(50), 1)  # rounded, so that there are ties
unknown = np.round(random.standard_normal(40) + 0.8, 1)
features = np.abs(random.standard_normal((30, 8)))
references = features / np.linalg.norm(features, axis=1, keepdims=True)
references = references.astype(np.float16).astype(float)
query = np.abs(random.standard_normal(8))
distances = NearestNeighbors(n_neighbors=5).fit(references).kneighbors(
    (query / np.linalg.norm(query))[None])[0][0]

pathlib.Path(__file__).with_name("expected.json").write_text(json.dumps({
    "logits": [[float(x) for x in row] for row in logits],
    "labels": labels,
    "temperature": temperature,
    "loss_before": loss(1),
    "loss_after": loss(temperature),
    "error_before": calibration_error(1),
    "error_after": calibration_error(temperature),
    "energies": list(-logsumexp(logits.astype(float), axis=1)),
    "known": list(known),
    "unknown": list(unknown),
    "auroc": roc_auc_score([0] * 50 + [1] * 40, np.concatenate([known, unknown])),
    "features": features.tolist(),
    "query": query.tolist(),
    "distances": distances.tolist(),
}) + "\n")
