"""Runs a GPU's plans with plain PyTorch and compares them with the processor's in float32.

    java -jar target/resnet-serving.jar bench plan --model NAME --plan plain PLANS/cpu-fp32.pt
    java -jar target/resnet-serving.jar bench plan --model NAME --for gpu PLANS/gpu-fp32.pt
    java -jar target/resnet-serving.jar bench plan --model NAME --for gpu --precision fp16 PLANS/gpu-fp16.pt
    python bench/gpu/check.py PLANS IMAGE_OR_FOLDER...

Needs torch 2.7 with CUDA, numpy and Pillow. Without images it uses noise. Prints, for each plan, the
largest difference of a logit, a pooled feature and a class activation map as a part of the largest
expected one, then images a second by batch size, inputs in pinned memory and answers read back. The
exit code is 1 if a difference is above --tolerance.

`--device cpu` puts plain convolutions in the place of cuDNN's operators, which only GPUs have: so the
archives and this program can be tried anywhere, and the rates mean nothing.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


def crop(file, size):
    """The image's middle, (size, size, 3) bytes: the short side is resized to 8/7 of the size."""
    image = Image.open(file).convert("RGB")
    short = size if size < 64 else round(size * 8 / 7)
    scale = short / min(image.size)
    wide, high = (max(short, round(side * scale)) for side in image.size)
    image = image.resize((wide, high), Image.Resampling.BILINEAR)
    left, top = (wide - size) // 2, (high - size) // 2
    return np.asarray(image.crop((left, top, left + size, top + size)))


def images(names, size):
    files = []
    for name in map(Path, names):
        files += sorted(p for p in name.rglob("*") if p.suffix.lower() in SUFFIXES) if name.is_dir() else [name]
    if not files:
        return np.random.default_rng(1).integers(0, 256, (8, size, size, 3), dtype=np.uint8)
    return np.stack([crop(file, size) for file in files])


def stand_in():
    """What cuDNN's operators fuse, for processors."""
    library = torch.library.Library("aten", "IMPL")

    def relu(x, w, b, stride, padding, dilation, groups):
        return torch.conv2d(x, w, b, stride, padding, dilation, groups).relu_()

    def add_relu(x, w, z, alpha, b, stride, padding, dilation, groups):
        y = torch.conv2d(x, w, b, stride, padding, dilation, groups)
        return y.add_(z, alpha=1 if alpha is None else alpha).relu_()

    library.impl("cudnn_convolution_relu", relu, "CPU")
    library.impl("cudnn_convolution_add_relu", add_relu, "CPU")
    return library


def answers(plan, images):
    """Logits, pooled features and class activation maps, image by image."""
    parts = []
    for image in images:
        pixels = torch.from_numpy(image[None].copy())
        logits, features = plan.run(pixels)
        maps = plan.explain(pixels, torch.tensor([-1]))[1]
        parts.append([part.float().cpu().numpy().ravel() for part in (logits, features, maps)])
    return [np.stack(column) for column in zip(*parts)]


def difference(given, expected):
    return float(np.abs(given - expected).max() / np.abs(expected).max())


def rate(plan, size, batch, seconds):
    staging = plan.staging(batch * size * size * 3)
    pixels = staging.view(batch, size, size, 3)
    pixels.random_(0, 256)

    def run():
        logits, features = plan.run(pixels)
        return logits.cpu(), features.cpu()  # waits for the GPU

    for _ in range(10):
        run()
    runs, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        run()
        runs += 1
    return runs * batch / elapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plans", type=Path, help="the folder with cpu-fp32.pt, gpu-fp32.pt and gpu-fp16.pt")
    parser.add_argument("images", nargs="*")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--size", type=int, default=224, help="side of the network's input")
    parser.add_argument("--batches", default="1,8,32,128")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--tolerance", type=float, default=1e-2)
    options = parser.parse_intermixed_args()

    device = torch.device(options.device)
    kept = stand_in() if device.type == "cpu" else None  # alive as long as the operators are wanted
    name = torch.cuda.get_device_name(device) if kept is None else "processor, plain operators"
    print(f"torch {torch.__version__}, {name}")
    images = images(options.images, options.size)

    def load(file, where):
        plan = torch.jit.load(str(options.plans / file), map_location=where)
        plan.prepare(max(map(int, options.batches.split(","))))
        return plan

    failed = False
    with torch.inference_mode(), torch.jit.optimized_execution(False):
        expected = answers(load("cpu-fp32.pt", "cpu"), images)
        for file in ("gpu-fp32.pt", "gpu-fp16.pt"):
            plan = load(file, device)
            given = answers(plan, images)
            found = [difference(g, e) for g, e in zip(given, expected)]
            same = int((given[0].argmax(1) == expected[0].argmax(1)).sum())
            failed |= not max(found) <= options.tolerance
            print(f"{file}: logits {found[0]:.1e}, features {found[1]:.1e}, maps {found[2]:.1e};"
                  f" top class the same in {same} of {len(images)} images")
            for benchmark in (False, True):
                torch.backends.cudnn.benchmark = benchmark
                rates = [f"{b}: {rate(plan, options.size, b, options.seconds):.0f}"
                         for b in map(int, options.batches.split(","))]
                print(f"  images a second{', algorithms timed first' if benchmark else ''}: {', '.join(rates)}")
                if kept is not None:
                    break
    print("DIFFERENT" if failed else "the plans agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
