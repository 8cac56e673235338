"""What a server takes beyond the image's work: python bench/overhead.py URL IMAGE [THOUSANDS].

Posts an image a thousand times and again, one at a time, and prints medians in milliseconds for each
thousand: what the answers say decoding with cropping and the engine took, and what was left of the
server's whole time.
"""

import http.client
import json
import statistics
import sys
import urllib.parse
from pathlib import Path

url, body = urllib.parse.urlsplit(sys.argv[1]), Path(sys.argv[2]).read_bytes()
connection = http.client.HTTPConnection(url.netloc)
for thousand in range(int(sys.argv[3]) if len(sys.argv) > 3 else 3):
    timings = []
    for _ in range(1000):
        connection.request("POST", url.path, body, {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        document = json.load(answer)
        if answer.status != 200:
            sys.exit(json.dumps(document))
        timings.append(document["timing"])
    decode, engine, beyond = (
        statistics.median(values)
        for values in zip(*((t["decode_ms"], t["inference_ms"],
                             t["total_ms"] - t["decode_ms"] - t["inference_ms"]) for t in timings)))
    print(f"thousand {thousand + 1}: decoding {decode:.2f}, engine {engine:.2f}, beyond {beyond:.2f}",
          flush=True)
