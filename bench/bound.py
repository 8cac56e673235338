"""How much of the processors becomes answers: python bench/bound.py PID URL IMAGE [ROUNDS [SECONDS [WARM_UP]]].

16 connections of wrk (which must be there) post an image to a server on this machine. The bound is
what the processors could answer if they did nothing but compute, decode and crop: their number
divided by the processor seconds that the server's engine and decode threads take for an image under
this load. Prints for each round the rate, the bound and their ratio, then medians.
"""

import os
import re
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

import wrk

process, url, image = Path("/proc", sys.argv[1]), sys.argv[2], Path(sys.argv[3])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
seconds = int(sys.argv[5]) if len(sys.argv) > 5 else 6
warm_up = int(sys.argv[6]) if len(sys.argv) > 6 else 120

COUNTED = "engine", "decode"
TICKS = os.sysconf("SC_CLK_TCK")
processors = len(os.sched_getaffinity(int(sys.argv[1])))


def used():
    """Processor seconds by kind of thread, which is the first word of its name."""
    times = Counter()
    for task in process.glob("task/*/stat"):
        try:
            stat = task.read_text()
        except FileNotFoundError:
            continue  # it has just ended
        name = re.search(r"\((.*)\)", stat).group(1)
        user, system = stat[stat.rindex(")") + 2:].split()[11:13]
        times[re.split(r"[^A-Za-z]", name)[0]] += (int(user) + int(system)) / TICKS
    return times


def load(duration):
    count, rate, printed = wrk.post(script, url, duration)
    if "Non-2xx" in printed:
        sys.exit(printed)
    return count, rate


with tempfile.TemporaryDirectory() as folder:
    script = wrk.script(folder, "image", image.read_bytes(), "application/octet-stream")
    load(warm_up)
    rates, parts, all_times = [], [], Counter()
    total = 0
    for _ in range(rounds):
        before = used()
        count, rate = load(seconds)
        times = used() - before
        bound = processors * count / sum(times[kind] for kind in COUNTED)
        rates.append(rate)
        parts.append(rate / bound)
        all_times += times
        total += count
        print(f"{rate:8.1f} images a second, bound {bound:8.1f}, {parts[-1]:.3f} of it", flush=True)
    print(f"medians: {statistics.median(rates):.1f}, {statistics.median(parts):.3f} of the bound "
          f"(least {min(parts):.3f}, most {max(parts):.3f})")
    print("processor milliseconds an image:",
          ", ".join(f"{kind} {1000 * t / total:.2f}" for kind, t in all_times.most_common(8)))
