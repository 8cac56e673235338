"""The engine beside ONNX Runtime and OpenVINO: python compare.py DIR [ROUNDS [BATCH,… [SECONDS]]].

DIR is what export.py wrote. Every engine has a process of its own, which holds the network and waits
while it is not its turn; in every round each has one turn of SECONDS, in changing order. So a change
of the machine's speed meets them all. Prints medians and, for each of this project's plans, the
median over the rounds of its rate by that of the better peer in the same precision, and by that of
the eager plan.

Run it from the repository's root after `mvn package`. JAVA names JDK 25's java where that is not the
default one, JAVA_PRELOAD a library that it loads first, such as libmimalloc.so.2, as the image does.
"""

import collections
import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

directory = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 24
batches = [int(b) for b in (sys.argv[3] if len(sys.argv) > 3 else "1,8").split(",")]
seconds = sys.argv[4] if len(sys.argv) > 4 else "0.2"
threads = str(len(os.sched_getaffinity(0)))
here = Path(__file__).parent

PRECISIONS = "fp32", "bf16", "int8"
PEERS = [("onnxruntime", "fp32"), ("onnxruntime", "int8"),
         ("openvino", "fp32"), ("openvino", "bf16"), ("openvino", "int8")]


class Turn:
    """A process that runs for a while when it is told to."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(
            command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        while (line := self.process.stdout.readline()) != "ready\n":
            if not line:
                sys.exit(f"{command} ended")

    def rate(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline().split()[-1])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def ours(plan, precision, batch):
    env = dict(os.environ)
    if "JAVA_PRELOAD" in env:
        env["LD_PRELOAD"] = env["JAVA_PRELOAD"]
    return Turn([env.get("JAVA", "java"), "-jar", "target/resnet-serving.jar", "bench", "--turns",
                 "--plan", plan, "--precision", precision, "--batch", str(batch),
                 "--threads", threads, "--seconds", seconds], env)


def peer(engine, precision, batch):
    return Turn([sys.executable, here / "engines.py",
                 directory, engine, precision, str(batch), threads, seconds])


def ratio(mine, theirs):
    """The median of each round's ratio, since a round's sides met the same machine."""
    return statistics.median(a / b for a, b in zip(mine, theirs))


results = []
for batch in batches:
    turns = {("eager", "fp32"): ours("eager", "fp32", batch)}
    for precision in PRECISIONS:
        for plan in "direct", "fused":
            turns[plan, precision] = ours(plan, precision, batch)
    for engine, precision in PEERS:
        turns[engine, precision] = peer(engine, precision, batch)
    rates = collections.defaultdict(list)
    order = list(turns)
    for done in range(rounds + 1):
        random.shuffle(order)
        for key in order:
            rate = turns[key].rate()
            if done > 0:  # the first one warms up
                rates[key].append(rate)
    for turn in turns.values():
        turn.end()

    print(f"batch {batch}, {threads} threads, images a second, {rounds} turns of {seconds} s")
    print(f"{'engine':>12} {'precision':9} {'median':>8} {'least':>8} {'most':>8}"
          f" {'of the better peer':>19} {'of eager':>9}")
    for engine, precision in turns:
        values = rates[engine, precision]
        line = (f"{engine:>12} {precision:9} {statistics.median(values):8.1f} "
                f"{min(values):8.1f} {max(values):8.1f}")
        if (engine, precision) not in PEERS:
            better = [max(both) for both in zip(*(rates[p] for p in PEERS if p[1] == precision))]
            line += f" {ratio(values, better):19.2f} {ratio(values, rates['eager', 'fp32']):9.2f}"
        print(line, flush=True)
        results.append({"batch": batch, "engine": engine, "precision": precision, "rates": values})
Path(directory, "rates.json").write_text(json.dumps(results, indent=2))
