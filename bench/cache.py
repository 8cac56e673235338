"""What the cache of outputs gains: python bench/cache.py URL IMAGES [--images N] [--seconds S] [--pid PID].

Posts JPEGs as they would come by Zipf's law (s = 1) from N images, 10,000 by default, over several
connections for S seconds, and prints answers a second and the shares of Cache-Status. IMAGES is a
folder of JPEGs; where it has fewer than N, they are told apart by bytes behind their end, which cost
what the others do. Run it against a server without a cache and against one whose
resnet.cache.max-size holds a tenth of the images (ResNet-50: 12.5 kB an image). With --pid it also
prints the server's processor time a hit, for one image of 60 kB that is asked for again and again.
"""

import argparse
import bisect
import collections
import http.client
import itertools
import os
import random
import sys
import threading
import time
import urllib.parse
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("folder", type=Path)
parser.add_argument("--images", type=int, default=10_000)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--warm-up", type=float, default=30)
parser.add_argument("--connections", type=int, default=8)
parser.add_argument("--pid", type=int)
options = parser.parse_args()

url = urllib.parse.urlsplit(options.url)
files = [file.read_bytes() for file in itertools.islice(sorted(options.folder.rglob("*.JP*G")), 500)]
files = files or [file.read_bytes() for file in itertools.islice(sorted(options.folder.rglob("*.jpg")), 500)]
if not files:
    sys.exit(f"{options.folder} has no JPEGs")


def body(rank):
    return files[rank % len(files)] + b"%d" % rank


sums = list(itertools.accumulate(1 / rank for rank in range(1, options.images + 1)))
ideal = 1 - sums[options.images // 10 - 1] / sums[-1]
print(f"{options.images} images, {len(files)} files: a tenth of them is asked for by"
      f" {100 * (1 - ideal):.1f} % of requests, so a full cache saves at most a factor of {1 / ideal:.2f}")


def client(seed, until, statuses):
    draws = random.Random(seed)
    connection = http.client.HTTPConnection(url.netloc)
    while time.monotonic() < until:
        rank = bisect.bisect(sums, draws.random() * sums[-1])
        connection.request("POST", url.path + (f"?{url.query}" if url.query else ""), body(rank),
                           {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{answer.status}")
        statuses[answer.getheader("Cache-Status", "no cache")] += 1


def load(seconds, seed):
    statuses = [collections.Counter() for _ in range(options.connections)]
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=client, args=(1000 * seed + i, until, statuses[i]))
               for i in range(options.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(statuses, collections.Counter())


load(options.warm_up, seed=1)
started = time.monotonic()
statuses = load(options.seconds, seed=2)
rate = statuses.total() / (time.monotonic() - started)
print(f"{rate:.1f} answers a second: "
      + ", ".join(f"{100 * n / statuses.total():.1f} % {status}" for status, n in statuses.most_common()))


def processor_seconds():
    fields = Path(f"/proc/{options.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if options.pid:
    image = (files[0] + bytes(60_000))[:max(60_000, len(files[0]))]
    connection = http.client.HTTPConnection(url.netloc)
    for count in (2_000, 5_000):  # the first warms up
        before = processor_seconds()
        for _ in range(count):
            connection.request("POST", url.path, image, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
        millis = 1000 * (processor_seconds() - before) / count
    print(f"{millis:.3f} ms of the server's processor time for a body of {len(image)} bytes:"
          f" {answer.getheader('Cache-Status')}")
