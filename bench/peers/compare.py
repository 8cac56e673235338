"""The engine beside ONNX Runtime and OpenVINO: python compare.py DIR [ROUNDS [BATCH,… [SECONDS]]].

DIR is what export.py wrote. The two sides take turns in every round, so that a change of the
machine's speed meets both. Prints medians and, for each precision, how this project's plan compares
with the better of the two. Run it from the repository's root after `mvn package`, with JAVA naming
JDK 25's java where that is not the default one.
"""

import collections
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

directory = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
batches = sys.argv[3] if len(sys.argv) > 3 else "1,8"
seconds = sys.argv[4] if len(sys.argv) > 4 else "3"
here = Path(__file__).parent

OURS = [os.environ.get("JAVA", "java"), "-jar", "target/resnet-serving.jar", "bench",
        "--precision", "fp32,bf16,int8", "--rounds", "1", "--batch", batches, "--seconds", seconds]
PLANS = {"direct", "fused", "plain", "eager"}  # ours
THEIRS = [sys.executable, here / "engines.py", directory, batches, seconds]


def lines(command):
    """(batch, plan) -> rate, from lines such as `8  fused bf16  47.7`."""
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in answer.splitlines():
        words = line.split()
        if words and words[0].isdigit():
            numbers = [w for w in words[1:] if w.replace(".", "").isdigit()]
            name = " ".join(w for w in words[1:] if w not in numbers)
            yield (int(words[0]), name), float(numbers[0])


rates = collections.defaultdict(list)
for done in range(rounds):
    for command in (OURS, THEIRS) if done % 2 == 0 else (THEIRS, OURS):
        for key, rate in lines(command):
            rates[key].append(rate)
    print(f"round {done + 1} of {rounds}", file=sys.stderr)

print(f"{'batch':>5}  {'plan':18} {'median':>8} {'least':>8} {'most':>8}")
medians = {key: statistics.median(values) for key, values in rates.items()}
for (batch, name), values in sorted(rates.items()):
    print(f"{batch:5}  {name:18} {medians[batch, name]:8.1f} {min(values):8.1f} {max(values):8.1f}")
for batch in sorted({batch for batch, _ in rates}):
    for precision in "fp32", "bf16", "int8":
        for kind in "direct", "fused":
            plan = kind if precision == "fp32" else f"{kind} {precision}"
            if (batch, plan) not in rates:
                continue
            peers = [key for key in rates
                     if key[0] == batch and key[1].endswith(precision)
                     and key[1].split()[0] not in PLANS]
            # Each round's ratio, since a round's sides met the same machine.
            ratios = [ours / max(rates[key][i] for key in peers)
                      for i, ours in enumerate(rates[batch, plan])]
            print(f"batch {batch}, {plan}: {statistics.median(ratios):.2f} of the best peer")
Path(directory, "rates.json").write_text(
    json.dumps([{"batch": b, "plan": n, "rates": v} for (b, n), v in sorted(rates.items())], indent=2))
