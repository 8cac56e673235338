"""Compares heads with scikit-learn on the same features: python compare_heads.py TAR WORK [IMAGES [COMMAND…]].

TAR has one folder a class. Of each class some images, 20 unless given, go into WORK/few and a hundred others into
WORK/others, drawn by a fixed seed. COMMAND is the program, java -jar target/resnet-serving.jar unless given. Printed are the
accuracies on the others: of `heads fit` and `evaluate --head`, and of LogisticRegressionCV on what `features` writes.
Fails where they differ by more than a point. Needs pip install scikit-learn.
"""

import json
import pathlib
import random
import subprocess
import sys
import tarfile
import time

import numpy as np
from sklearn.linear_model import LogisticRegressionCV

tar, work = sys.argv[1], pathlib.Path(sys.argv[2])
each = int(sys.argv[3]) if len(sys.argv) > 3 else 20
program = sys.argv[4:] or ["java", "-jar", "target/resnet-serving.jar"]
model = ["--model", "imagenette-resnet18"]
models = ["--models-dir", str(work / "models")]


def run(*words):
    done = subprocess.run([*program, *map(str, words)], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def unpack():
    with tarfile.open(tar) as archive:
        classes = {}
        for member in archive:
            if member.isfile():
                classes.setdefault(pathlib.PurePath(member.name).parent.name, []).append(member)
        for name, members in sorted(classes.items()):
            random.Random(1).shuffle(members)
            for part, chosen in ("few", members[:each]), ("others", members[each : each + 100]):
                folder = work / part / name
                folder.mkdir(parents=True, exist_ok=True)
                for member in chosen:
                    (folder / pathlib.PurePath(member.name).name).write_bytes(archive.extractfile(member).read())


def features(part):
    file = work / f"{part}.npy"
    run("features", *model, *models, "--out", file, work / part)
    rows = [json.loads(line) for line in pathlib.Path(f"{file}.ndjson").read_text().splitlines()]
    return np.load(file), np.array([pathlib.PurePath(row["id"]).parent.name for row in rows])


if not (work / "few").exists():
    unpack()
print(run("heads", "fit", *model, *models, "--data", work / "few", "--name", "few"), end="")
table = run("evaluate", *model, *models, "--head", "few", "--data", work / "others").splitlines()
ours = float(table[1].split()[2].rstrip("%"))
few, names = features("few")
others, truth = features("others")
start = time.time()
reference = LogisticRegressionCV(
    Cs=10, cv=5, l1_ratios=(0,), use_legacy_attributes=False, scoring="accuracy", max_iter=10_000).fit(few.astype(np.float64), names)
seconds = time.time() - start
theirs = 100 * reference.score(others.astype(np.float64), truth)
print(f"{len(truth)} other images: head {ours:.2f} %, scikit-learn {theirs:.2f} % (C {np.ravel(reference.C_)[0]:.4g}, {seconds:.1f} s)")
if abs(ours - theirs) > 1:
    sys.exit("they differ by more than a point")
