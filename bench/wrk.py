"""wrk as a client that posts one body again and again; for the scripts here."""

import re
import subprocess
from pathlib import Path


def script(folder, name, body, content_type):
    """Writes what makes wrk post a body."""
    body_file, file = Path(folder, f"{name}.body"), Path(folder, f"{name}.lua")
    body_file.write_bytes(body)
    file.write_text(
        'wrk.method = "POST"\n'
        f'local file = io.open("{body_file}", "rb")\nwrk.body = file:read("*a")\n'
        f'wrk.headers["Content-Type"] = "{content_type}"\n')
    return file


def post(script, url, seconds, connections=16):
    """Closed loops: answers, answers a second, and everything that wrk printed."""
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout=60s", "-s", script, url],
        capture_output=True, text=True, check=True).stdout
    count, rate = re.search(r"(\d+) requests in.*Requests/sec: *([\d.]+)", out, re.DOTALL).groups()
    return int(count), float(rate), out
