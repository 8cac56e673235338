"""Top-1 of timm's families, served and by timm itself: trains a narrow network of each, adds it, and compares.

    python bench/families.py cifar10-train.tar [--resnet "java -jar target/resnet-serving.jar"] [--seconds 60]

The tar has a folder of images for each class. Of each class 100 images are held out; the others train each network for
some seconds with random flips. timm computes on pixels that Pillow decodes; the service gets the files over HTTP, in
fp32 and, calibrated on 400 training images, in int8. Prints for each network and precision the images that are right
by timm and by the service, and those whose class differs. Exit code 1 where one differs in fp32, or where the share of
right images differs by more than 0.5 points in int8. Needs torch, timm and Pillow (bench/peers/requirements.txt).
"""

import argparse
import concurrent.futures
import io
import json
import os
import shlex
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request

import numpy as np
import safetensors.torch
import torch
from PIL import Image
from timm.models import resnet, resnetv2
from torch.nn import functional as F

SIDE = 32
HELD_OUT = 100  # of each class
CALIBRATED = 40
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
NARROW = dict(num_classes=10, channels=(32, 64, 128, 256))


def bottlenecks(**options):
    return resnet.ResNet(resnet.Bottleneck, (1, 1, 1, 1), **NARROW, **options)


def big_transfer():
    def conv(*args, **options):
        return resnetv2.StdConv2d(*args, eps=1e-8, **options)

    return resnetv2.ResNetV2([1, 1, 1, 1], (128, 256, 512, 1024), 10, stem_type="fixed", conv_layer=conv)


FAMILIES = {
    "resnext": lambda: bottlenecks(cardinality=8, base_width=16),
    "resnet-d": lambda: bottlenecks(stem_width=16, stem_type="deep", avg_down=True),
    "se-resnet": lambda: bottlenecks(block_args=dict(attn_layer="se")),
    "resnet-gn": lambda: bottlenecks(norm_layer="groupnorm"),
    "bit": big_transfer,
}


def read(tar):
    """Files by class, in the tar's order."""
    files = {}
    with tarfile.open(tar) as archive:
        for member in archive:
            if member.isfile():
                files.setdefault(member.name.split("/")[-2], []).append(archive.extractfile(member).read())
    return dict(sorted(files.items()))


def pixels(files):
    images = [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]
    return torch.from_numpy(np.stack(images))


def standardized(images):
    x = images.permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


def train(net, images, labels, seconds):
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, nesterov=True, weight_decay=5e-4)
    net.train().to(memory_format=torch.channels_last)
    start, step = time.time(), 0
    while (done := (time.time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * min(1, 10 * done) * (1 - done) + 1e-4
        chosen = torch.randint(len(images), (128,))
        x = standardized(images[chosen])
        flipped = torch.rand(len(x)) < 0.5
        x[flipped] = x[flipped].flip(3)
        loss = F.cross_entropy(net(x.contiguous(memory_format=torch.channels_last)), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    net.eval()
    return step


def save(net, folder, classes):
    os.makedirs(folder)
    state = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    safetensors.torch.save_file(state, f"{folder}/model.safetensors")
    config = dict(input_size=[3, SIDE, SIDE], crop_pct=1.0, interpolation="bilinear", mean=MEAN, std=STD)
    with open(f"{folder}/config.json", "w") as file:
        json.dump(dict(architecture="resnet", label_names=classes, pretrained_cfg=config), file)


class Service:
    def __init__(self, command, models, names, precision):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.home = f"http://127.0.0.1:{free.getsockname()[1]}"
        options = ["serve", "--port", self.home.split(":")[-1], "--models-dir", models, "--precision", precision]
        for name in names:
            options += ["--model", name]
        self.process = subprocess.Popen(command + options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 300
        while not self.ready():
            if time.time() > deadline or self.process.poll() is not None:
                self.close()
                raise SystemExit("the service did not become ready")
            time.sleep(0.5)

    def ready(self):
        try:
            return urllib.request.urlopen(self.home + "/readyz").status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def top(self, name, file):
        request = urllib.request.Request(f"{self.home}/classify?top_k=1&model={name}", file)
        request.add_header("Content-Type", "application/octet-stream")
        answer = json.load(urllib.request.urlopen(request))
        return answer["results"][0]["predictions"][0]["index"]

    def close(self):
        self.process.terminate()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tar")
    parser.add_argument("--resnet", default="java -jar target/resnet-serving.jar")
    parser.add_argument("--seconds", type=float, default=60, help="of training, for each network")
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    options = parser.parse_args()
    command = shlex.split(options.resnet)
    torch.manual_seed(0)
    files = read(options.tar)
    classes = list(files)
    held = [file for each in files.values() for file in each[:HELD_OUT]]
    known = torch.arange(len(classes)).repeat_interleave(HELD_OUT)
    images = pixels([file for each in files.values() for file in each[HELD_OUT:]])
    labels = torch.cat([torch.full((len(each) - HELD_OUT,), k) for k, each in enumerate(files.values())])
    expected, failed = {}, False
    with tempfile.TemporaryDirectory() as folder:
        models = f"{folder}/models"
        calibration = f"{folder}/calibration"
        os.makedirs(calibration)
        for name, each in files.items():
            for i, file in enumerate(each[HELD_OUT : HELD_OUT + CALIBRATED]):
                with open(f"{calibration}/{name}-{i}.webp", "wb") as out:
                    out.write(file)
        for name in options.families:
            net = FAMILIES[name]()
            steps = train(net, images, labels, options.seconds)
            with torch.no_grad():
                expected[name] = torch.cat([net(standardized(part)) for part in pixels(held).split(250)]).argmax(1)
            save(net, f"{folder}/{name}", classes)
            print(f"{name}: {steps} steps of 128 images", flush=True)
            subprocess.run(
                command + ["models", "add", name, "--weights", f"{folder}/{name}", "--models-dir", models],
                check=True, stdout=subprocess.DEVNULL)
            subprocess.run(
                command + ["calibrate", "--model", name, "--images", calibration, "--models-dir", models],
                check=True, stdout=subprocess.DEVNULL)
        print("family,precision,images,right by timm,right served,other classes")
        for precision in "fp32", "int8":
            service = Service(command, models, options.families, precision)
            try:
                for name in options.families:
                    with concurrent.futures.ThreadPoolExecutor(4) as pool:
                        served = torch.tensor(list(pool.map(lambda file: service.top(name, file), held)))
                    by_timm, by_us = (int((top == known).sum()) for top in (expected[name], served))
                    other = int((served != expected[name]).sum())
                    failed |= other > 0 if precision == "fp32" else abs(by_timm - by_us) > 0.005 * len(held)
                    print(f"{name},{precision},{len(held)},{by_timm},{by_us},{other}", flush=True)
            finally:
                service.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
