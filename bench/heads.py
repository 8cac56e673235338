"""What heads add to a request: python bench/heads.py URL IMAGE MODEL HEAD… [ROUNDS].

Posts an image in turns without a head, with the first head and with all of them, one request at a time, and prints the
medians of the client's times in milliseconds, and of each round's quotients of consecutive requests what the heads add in
percent. Make the heads first: for i in 1 2 3 4 5 6 7 8 9 10; do … heads fit --data DIR --name h$i; done
"""

import http.client
import statistics
import sys
import time
import urllib.parse
from pathlib import Path

words = sys.argv[1:]
rounds = int(words.pop()) if words[-1].isdigit() else 2000
url, body, model, heads = urllib.parse.urlsplit(words[0]), Path(words[1]).read_bytes(), words[2], words[3:]
connection = http.client.HTTPConnection(url.netloc)


def post(some):
    query = urllib.parse.urlencode([("model", model), *(("head", head) for head in some)])
    start = time.perf_counter()
    connection.request("POST", f"/classify?{query}", body, {"Content-Type": "image/jpeg"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(text.decode())
    return 1000 * (time.perf_counter() - start)


kinds = {"no head": [], "1 head": heads[:1], f"{len(heads)} heads": heads}
for some in kinds.values():
    for _ in range(200):
        post(some)
times = {kind: [] for kind in kinds}
for turn in range(rounds):
    order = list(kinds)
    for kind in order[turn % 3 :] + order[: turn % 3]:
        times[kind].append(post(kinds[kind]))
plain = times["no head"]
for kind, values in times.items():
    added = statistics.median(value / base for value, base in zip(values, plain)) - 1
    print(f"{kind:9} {statistics.median(values):.3f} ms, {100 * added:+.1f} %", flush=True)
