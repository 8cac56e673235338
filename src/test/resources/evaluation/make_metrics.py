"""Writes metrics.json: what scikit-learn and NumPy make of some answers.

Usage: make_metrics.py      (needs scikit-learn and numpy; writes beside itself)

No image is of the last class, and the network never answers the one before. The calibration error
is written out here: 15 bins of equal width, closed above, as in Guo et al. 2017.
"""
import json, os
import numpy as np
from sklearn import metrics

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES, CLASSES, BINS = 240, 8, 15

rng = np.random.default_rng(22)
labels = rng.integers(0, CLASSES - 1, IMAGES)
logits = rng.normal(0, 1.6, (IMAGES, CLASSES)).round(3)
logits[np.arange(IMAGES), labels] += 2
logits[:, CLASSES - 2] = -9
p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
answers, confidence = p.argmax(1), p.max(1)

precision, recall, f1, support = metrics.precision_recall_fscore_support(
    labels, answers, labels=range(CLASSES), zero_division=0)
bins = np.ceil(confidence * BINS).astype(int) - 1
ece = sum(
    (bins == b).mean() * abs((labels == answers)[bins == b].mean() - confidence[bins == b].mean())
    for b in range(BINS) if (bins == b).any())
json.dump({
    'labels': labels.tolist(),
    'logits': logits.tolist(),
    'top1': metrics.accuracy_score(labels, answers),
    'top5': metrics.top_k_accuracy_score(labels, p, k=5, labels=range(CLASSES)),
    'log_loss': metrics.log_loss(labels, p, labels=range(CLASSES)),
    'calibration_error': ece,
    'precision': precision.tolist(),
    'recall': recall.tolist(),
    'f1': f1.tolist(),
    'support': support.tolist(),
    'macro_f1': metrics.f1_score(labels, answers, labels=np.unique(labels), average='macro', zero_division=0),
    'confusion': metrics.confusion_matrix(labels, answers, labels=range(CLASSES)).tolist(),
}, open(f'{HERE}/metrics.json', 'w'))
