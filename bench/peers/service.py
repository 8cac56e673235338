"""Every server in turn: python service.py DIR MODELS IMAGE [ROUNDS [SECONDS [NAME,…]]].

DIR is what export.py wrote; MODELS a folder of models with the same weights as resnet50, calibrated.
Each server, this project's as it comes and the others with one worker and batches of up to eight where
they have any, warms up for 20 s and is then stopped (SIGSTOP) but for its turns of SECONDS, in which 16 connections of wrk,
which must be there, post the image. A second of each turn does not count. Prints medians, the least
and the most, resident memory, and how this project's rates compare with each peer's, by rounds.

Run it from the repository's root, after `mvn package` here and in bench/peers/spring-djl, with wrk
and JDK 25, which JAVA names where it is not the default one.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

directory, models, image = (Path(a).resolve() for a in sys.argv[1:4])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
seconds = int(sys.argv[5]) if len(sys.argv) > 5 else 6
here = Path(__file__).parent.resolve()
sys.path.insert(0, str(here.parent))

import wrk  # noqa: E402, which lies beside this folder

java = os.environ.get("JAVA", "java")
programs = Path(sys.executable).parent
work = Path(tempfile.mkdtemp())

FORM = "multipart/form-data; boundary=b"


def form(part):
    """The image as the body of a form."""
    return (f'--b\r\nContent-Disposition: form-data; name="{part}"; filename="image.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n").encode() + image.read_bytes() + b"\r\n--b--\r\n"


def own(precision, port):
    env = {"LD_PRELOAD": "libmimalloc.so.2"} if Path(
        "/usr/lib/x86_64-linux-gnu/libmimalloc.so.2").exists() else {}
    return ([java, "@docker/java.options", "-Xmx1g", "-jar", "target/resnet-serving.jar", "serve",
             f"--models-dir={models}", "--model=resnet50", f"--precision={precision}",
             f"--port={port}", "--spring.grpc.server.port=0", f"--resnet.cache-dir={work}/plans"],
            env, f"http://127.0.0.1:{port}/classify", "image/jpeg", image.read_bytes())


def torchserve(port):
    """Its configuration says how many batches and how large; it is never to give up on a worker."""
    subprocess.run(
        [programs / "torch-model-archiver", "--model-name=resnet50", "--version=1.0",
         f"--serialized-file={directory / 'resnet50.pt'}", "--handler=image_classifier",
         f"--export-path={work}", "--force"], check=True)
    (work / "config.properties").write_text(
        f"inference_address=http://127.0.0.1:{port}\n"
        f"management_address=http://127.0.0.1:{port + 20}\n"
        f"metrics_address=http://127.0.0.1:{port + 40}\n"
        "default_response_timeout=36000\n"
        'models={"resnet50": {"1.0": {"defaultVersion": true, "marName": "resnet50.mar", '
        '"minWorkers": 1, "maxWorkers": 1, "batchSize": 8, "maxBatchDelay": 5, '
        '"responseTimeout": 36000}}}\n')
    return ([programs / "torchserve", "--start", "--foreground", "--ncs", "--disable-token-auth",
             f"--model-store={work}", "--models=resnet50=resnet50.mar",
             f"--ts-config={work / 'config.properties'}"],
            {"PATH": f"{programs}:{os.environ['PATH']}", "LOG_LOCATION": str(work),
             "METRICS_LOCATION": str(work)},
            f"http://127.0.0.1:{port}/predictions/resnet50", "image/jpeg", image.read_bytes())


SERVERS = {
    "int8": lambda: own("int8", 8101),
    "auto": lambda: own("auto", 8102),
    "litserve-openvino": lambda: (
        [sys.executable, here / "litserve_openvino.py", directory, "8103"], {},
        "http://127.0.0.1:8103/predict", FORM, form("image")),
    "litserve-torchvision": lambda: (
        [sys.executable, here / "litserve_torchvision.py", directory / "resnet50.pt", "8104"], {},
        "http://127.0.0.1:8104/predict", FORM, form("image")),
    "bentoml": lambda: (
        [programs / "bentoml", "serve", "bentoml_torchvision:ResNet", "--port=8105",
         f"--working-dir={here}"], {"MODEL": str(directory / "resnet50.pt")},
        "http://127.0.0.1:8105/classify", FORM, form("images")),
    "torchserve": lambda: torchserve(8106),
    "spring-djl": lambda: (
        [java, f"-Dmodel={directory / 'resnet50.pt'}", "-jar",
         here / "spring-djl/target/spring-djl.jar", "--server.port=8107"], {},
        "http://127.0.0.1:8107/classify", "image/jpeg", image.read_bytes()),
}


class Server:
    def __init__(self, name):
        self.name = name
        command, env, self.url, content_type, body = SERVERS[name]()
        self.script = wrk.script(work, name, body, content_type)
        self.request = urllib.request.Request(
            self.url, data=body, headers={"Content-Type": content_type}, method="POST")
        with open(work / f"{name}.log", "wb") as log:
            subprocess.Popen(
                command, env=os.environ | env | {"BENCH_SERVER": self.name}, stdout=log, stderr=log,
                start_new_session=True)

    def warm_up(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(self.request, timeout=60).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(1)
        else:
            sys.exit(f"{self.name} does not answer: see {work / self.name}.log")
        if self.name in ("int8", "auto"):
            self.wait_for_plans()
        self.load(20)
        self.pause()
        print(f"{self.name} is warm", file=sys.stderr)

    def wait_for_plans(self):
        """The service answers before it has measured its plans, and measures while nobody asks."""
        models_url = self.url.replace("/classify", "/models/resnet50")
        for _ in range(300):
            versions = json.load(urllib.request.urlopen(models_url, timeout=60))["versions"]
            if versions[0]["plans"]:
                return
            time.sleep(1)
        sys.exit(f"{self.name} does not measure its plans: see {work / self.name}.log")

    def processes(self):
        """All that were started with its environment, whose parents may have gone."""
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"BENCH_SERVER={self.name}\0".encode() in environment.read_bytes():
                    yield int(environment.parent.name)
            except OSError:
                continue  # it has ended

    def signal(self, number):
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                continue  # it has ended

    def load(self, duration):
        _, rate, printed = wrk.post(self.script, self.url, duration)
        if "Non-2xx" in printed or "Socket errors" in printed:
            print(f"{self.name}: {printed}", file=sys.stderr)
        return rate

    def turn(self):
        self.signal(signal.SIGCONT)
        self.load(1)
        rate = self.load(seconds)
        self.pause()
        return rate

    def pause(self):
        time.sleep(3)  # what wrk left behind is no part of the next turn
        self.signal(signal.SIGSTOP)

    def resident(self):
        """MB of all its processes."""
        total = 0
        for process in self.processes():
            status = Path("/proc", str(process), "status").read_text()
            if resident := re.search(r"VmRSS:\s*(\d+)", status):  # one that has ended has none
                total += int(resident.group(1)) / 1000
        return total


names = sys.argv[6].split(",") if len(sys.argv) > 6 else list(SERVERS)
servers, rates = [], {name: [] for name in names}
try:
    for name in names:
        servers.append(Server(name))  # which is ended below even if it does not answer
        servers[-1].warm_up()
    for done in range(rounds):
        for server in servers if done % 2 == 0 else reversed(servers):
            rates[server.name].append(server.turn())
    print(f"{'server':>20} {'median':>7} {'least':>6} {'most':>6} {'MB':>6}")
    for server in servers:
        values = rates[server.name]
        print(f"{server.name:>20} {statistics.median(values):7.1f} {min(values):6.1f} "
              f"{max(values):6.1f} {server.resident():6.0f}")
    for mine in "int8", "auto":
        for theirs in names:
            if mine in rates and theirs not in ("int8", "auto"):
                ratios = [a / b if b else float("inf") for a, b in zip(rates[mine], rates[theirs])]
                print(f"{mine}: {statistics.median(ratios):.2f} times {theirs}")
finally:
    for server in servers:
        server.signal(signal.SIGKILL)
