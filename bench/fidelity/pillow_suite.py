#!/usr/bin/env python3
"""Compares what a running server makes of images with what Pillow makes of them.

    bench/fidelity/pillow_suite.py URL FOLDER [--explained FILE]

Sends every file under FOLDER to URL, an address of /classify, and then what Pillow 13 decodes from
the same file: its first frame, upright, on white, as an RGB PNG. The server crops and classifies
both, so probabilities differ only by what decoding gave. Prints each file whose probabilities
differ by more than 0.001, and each file that one side reads and the other refuses; then totals.

FILE (explained.txt beside this script unless given) has lines "PATTERN<tab>REASON", where a pattern
is as of fnmatch and stands for paths under FOLDER. What matches is printed with its reason.
Ends with 1 if anything that no line explains differs by more than 0.02 or is refused though Pillow
opens it, or if an answer is 5xx; with 0 otherwise.

Without Pillow 13 in this Python, makes an environment with it in ~/.cache/pillow-suite.
AVIF is among Pillow's formats; HEIC and JPEG XL are compared where pillow-heif and
pillow-jxl-plugin are installed.
"""

import argparse
import collections
import contextlib
import fnmatch
import http.client
import io
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse
import venv
import warnings

try:
    import PIL
    from PIL import Image, ImageOps
except ImportError:
    PIL = None
if PIL is None or int(PIL.__version__.split(".")[0]) < 13:
    place = pathlib.Path.home() / ".cache/pillow-suite"
    python = place / "bin/python"
    if pathlib.Path(sys.executable) == python:
        sys.exit("Pillow 13 cannot be installed")
    if not python.exists():
        venv.create(place, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pillow==13.*", "pillow-heif", "pillow-jxl-plugin"],
                   check=True)
    os.execv(python, [str(python), *sys.argv])

for plugin in ("pillow_heif", "pillow_jxl"):
    try:
        module = __import__(plugin)
        if plugin == "pillow_heif":
            module.register_heif_opener()
    except ImportError:
        pass

NOTED = 0.001
ALLOWED = 0.02
LIMIT = 50_000_000  # pixels, the server's default
Image.MAX_IMAGE_PIXELS = None
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # some test images are bombs
except ImportError:
    pass
warnings.simplefilter("ignore")


def reference(data):
    """The format and an RGB image as the server promises it; raises what Pillow raises."""
    image = Image.open(io.BytesIO(data))
    if image.width * image.height > LIMIT:
        raise ValueError(f"{image.width} x {image.height} pixels")
    image.load()
    format = image.format
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):  # sixteen bits keep their high byte; Pillow's own conversion clips
        samples = image.convert("I")
        key = image.info.get("transparency")
        image = Image.frombytes("L", image.size, samples.point(lambda v: v / 256).convert("L").tobytes())
        if isinstance(key, int):  # one value of sixteen bits is transparent
            keep = [255 * (value != key) for value in samples.get_flattened_data()]
            image.putalpha(Image.frombytes("L", image.size, bytes(keep)))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return format, image.convert("RGB")


@contextlib.contextmanager
def quiet():
    """Pillow's libraries write what they think of damaged files past Python."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def png(image):
    out = io.BytesIO()
    image.save(out, "png", compress_level=1)
    return out.getvalue()


class Server:

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.path = f"{parts.path}?{parts.query + '&' if parts.query else ''}top_k=1000&deadline_ms=60000"
        self.connect = lambda: http.client.HTTPConnection(parts.netloc, timeout=120)
        self.connection = self.connect()

    def classify(self, body):
        """Status, and probabilities by class, or why there are none."""
        for wait in (1, 5, 30, None):  # a busy server is asked again
            try:
                self.connection.request("POST", self.path, body, {"Content-Type": "application/octet-stream"})
                response = self.connection.getresponse()
                document = json.loads(response.read())
                if response.status not in (429, 503, 504) or wait is None:
                    break
            except (http.client.HTTPException, OSError, ValueError):
                self.connection.close()
                self.connection = self.connect()
                if wait is None:
                    raise
            time.sleep(wait)
        if response.status != 200:
            return response.status, document.get("detail", document.get("title", ""))
        return 200, {each["index"]: each["probability"] for each in document["results"][0]["predictions"]}


def distance(one, other):
    return max(abs(one.get(key, 0) - other.get(key, 0)) for key in {*one, *other})


def explanations(file):
    if not file.exists():
        return []
    lines = (line.split("\t", 1) for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return [(pattern, reason) for pattern, reason in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", metavar="URL")
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--explained", type=pathlib.Path, default=pathlib.Path(__file__).with_name("explained.txt"))
    arguments = parser.parse_args()
    server = Server(arguments.url)
    explained = explanations(arguments.explained)

    totals = collections.Counter()
    differing, refused, taken = [], [], []
    failed = False
    for file in sorted(path for path in arguments.folder.rglob("*") if path.is_file()):
        name = str(file.relative_to(arguments.folder))
        data = file.read_bytes()
        reason = next((reason for pattern, reason in explained if fnmatch.fnmatch(name, pattern)), None)
        try:
            with quiet():
                format, image = reference(data)
        except Exception as e:  # Pillow's decoders raise nearly everything
            format, image = f"{type(e).__name__}: {e}".replace(str(file), "")[:90], None
        status, answer = server.classify(data)
        if status >= 500:
            failed = True
            print(f"{status} {name}: {answer}", file=sys.stderr)
        if image is None:
            totals["refused by both" if status != 200 else "answered, refused by Pillow"] += 1
            if status == 200:
                taken.append((name, format, reason))
        elif status != 200:
            totals["refused, opened by Pillow"] += 1
            refused.append((name, format, status, answer, reason))
            failed |= reason is None
        else:
            status, expected = server.classify(png(image))
            if status != 200:
                totals["Pillow's image refused"] += 1
                taken.append((name, f"as decoded by Pillow: {status} {expected}", reason))
                continue
            difference = distance(answer, expected)
            totals["the same" if difference == 0 else "up to 0.001" if difference <= NOTED
                   else "up to 0.02" if difference <= ALLOWED else "above 0.02"] += 1
            if difference > NOTED:
                differing.append((difference, name, format, reason))
                failed |= difference > ALLOWED and reason is None

    print("Differences above", NOTED)
    for difference, name, format, reason in sorted(differing, reverse=True):
        print(f"  {difference:.4f}  {name} ({format}){': ' + reason if reason else ''}")
    print("\nRefused, opened by Pillow")
    for name, format, status, answer, reason in sorted(refused, key=lambda each: (each[4] or "", each[2], each[1])):
        print(f"  {status}  {name} ({format}): {reason or answer}")
    print("\nAnswered, refused by Pillow")
    for name, why, reason in taken:
        print(f"  {name} ({why}){': ' + reason if reason else ''}")
    print()
    for kind, count in totals.most_common():
        print(f"{count:5} {kind}")
    unexplained = sum(1 for d, _, _, r in differing if d > ALLOWED and not r) + sum(1 for each in refused if not each[4])
    print(f"{unexplained:5} of these are not explained")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
