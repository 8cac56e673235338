"""Makes augmentations.json and steps.json: what Pillow, torchvision and PyTorch compute.

pip install torch torchvision pillow; python make.py
"""

import base64
import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torchvision.transforms import functional as T
from torchvision.transforms import InterpolationMode

WIDTH, HEIGHT = 13, 11


def source():
    i = np.arange(HEIGHT * WIDTH * 3, dtype=np.int64)
    values = (i * i * 7 + i * 31 + (i % 3) * 40) % 251
    return values.astype(np.uint8).reshape(HEIGHT, WIDTH, 3)


def b64(image):
    return base64.b64encode(np.asarray(image, dtype=np.uint8).tobytes()).decode()


def wide(image, op, bin, negative):
    """TrivialAugmentWide's operation, as torchvision applies it to a Pillow image."""
    from torchvision.transforms.autoaugment import _apply_op, TrivialAugmentWide

    space = TrivialAugmentWide()._augmentation_space(31)
    magnitudes, signed = space[op]
    magnitude = float(magnitudes[bin].item()) if magnitudes.ndim > 0 else 0.0
    if signed and negative:
        magnitude = -magnitude
    return _apply_op(image, op, magnitude, InterpolationMode.NEAREST, None)


def augmentations():
    array = source()
    image = Image.fromarray(array)
    cases = {}
    names = [
        ("IDENTITY", "Identity"), ("SHEAR_X", "ShearX"), ("SHEAR_Y", "ShearY"),
        ("TRANSLATE_X", "TranslateX"), ("TRANSLATE_Y", "TranslateY"), ("ROTATE", "Rotate"),
        ("BRIGHTNESS", "Brightness"), ("COLOR", "Color"), ("CONTRAST", "Contrast"),
        ("SHARPNESS", "Sharpness"), ("POSTERIZE", "Posterize"), ("SOLARIZE", "Solarize"),
        ("AUTO_CONTRAST", "AutoContrast"), ("EQUALIZE", "Equalize"),
    ]
    for ours, theirs in names:
        for bin, negative in [(4, False), (11, True), (25, False)]:
            key = f"{ours} {bin} {str(negative).lower()}"
            cases[key] = b64(wide(image, theirs, bin, negative))
    for turn in [0.1, -0.25, 0.5]:
        cases[f"hue {turn}"] = b64(T.adjust_hue(image, turn))
    cases["flip"] = b64(T.hflip(image))
    cases["crop 2 1 9 7 8"] = b64(
        T.resized_crop(image, 1, 2, 7, 9, [8, 8], InterpolationMode.BILINEAR))
    cases["crop 0 0 13 11 6"] = b64(
        T.resized_crop(image, 0, 0, 11, 13, [6, 6], InterpolationMode.BILINEAR))
    cases["short edge 8"] = b64(T.resize(image, 8, InterpolationMode.BILINEAR))
    mean = np.rint(255 * np.array([0.4914, 0.4822, 0.4465])).astype(np.uint8)
    padded = np.broadcast_to(mean, (HEIGHT + 8, WIDTH + 8, 3)).copy()
    padded[4:-4, 4:-4] = array
    for left, top in [(-4, -4), (-2, 3), (4, 1)]:
        cases[f"pad {left} {top}"] = b64(padded[top + 4 : top + 15, left + 4 : left + 15])
    covered = array.copy()
    covered[3:8, 2:6] = mean
    cases["erase 2 3 4 5"] = b64(covered)
    values = np.array([0.2175, 0.0188, 0.0045])
    vectors = np.array(
        [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
    shares = np.array([0.13, -0.2, 0.05])
    shift = vectors @ (shares * values)
    cases["pca"] = b64(np.clip(np.rint(array.astype(np.float64) + 255 * shift), 0, 255))
    batch = np.stack([array[:11, :11], array[:11, 2:13], array[::-1, :11]]).astype(np.float64)
    rolled = np.roll(batch, 1, axis=0)
    cases["mixup 0.3"] = b64(np.rint(0.3 * batch + 0.7 * rolled))
    # CutMix as torchvision's: share 0.6, centre (3, 8)
    half = int(0.5 * math.sqrt(1 - 0.6) * 11)
    x1, x2, y1, y2 = max(3 - half, 0), min(3 + half, 11), max(8 - half, 0), min(8 + half, 11)
    cut = batch.copy()
    cut[:, y1:y2, x1:x2] = rolled[:, y1:y2, x1:x2]
    cases["cutmix 0.6 3 8"] = b64(cut)
    share = 1 - (x2 - x1) * (y2 - y1) / 121
    return {"input": b64(array), "cutmixShare": share, "cases": cases}


def formula(count, key):
    i = np.arange(count, dtype=np.int64)
    return (((i * 7919 + key * 104729) % 1009) / 1009.0 - 0.5).astype(np.float64)


def network():
    """CIFAR's ResNet-8 with option A: names and shapes in the program's order."""
    shapes = {}

    def conv(name, norm, inputs, outputs):
        shapes[name + ".weight"] = (outputs, inputs, 3, 3)
        for part in ["weight", "bias", "running_mean", "running_var"]:
            shapes[f"{norm}.{part}"] = (outputs,)

    conv("conv1", "bn1", 3, 16)
    inputs = 16
    for stage, width in enumerate([16, 32, 64], 1):
        conv(f"layer{stage}.0.conv1", f"layer{stage}.0.bn1", inputs, width)
        conv(f"layer{stage}.0.conv2", f"layer{stage}.0.bn2", width, width)
        inputs = width
    shapes["linear.weight"] = (3, 64)
    shapes["linear.bias"] = (3,)
    tensors = {}
    for key, (name, shape) in enumerate(shapes.items()):
        values = formula(math.prod(shape), key + 1)
        if name.endswith("running_var") or name.endswith("weight") and len(shape) == 1:
            values = 1 + 0.2 * values
        elif len(shape) == 4:
            values = values * math.sqrt(24 / (shape[1] * 9))
        tensors[name] = torch.tensor(values.astype(np.float32).reshape(shape))
    return tensors


def forward(t, x):
    def norm(y, name):
        return F.batch_norm(y, t[name + ".running_mean"], t[name + ".running_var"],
                            t[name + ".weight"], t[name + ".bias"], True, 0.1, 1e-5)

    x = F.relu(norm(F.conv2d(x, t["conv1.weight"], padding=1), "bn1"))
    for stage in [1, 2, 3]:
        stride = 1 if stage == 1 else 2
        p = f"layer{stage}.0"
        y = F.relu(norm(F.conv2d(x, t[p + ".conv1.weight"], stride=stride, padding=1), p + ".bn1"))
        y = norm(F.conv2d(y, t[p + ".conv2.weight"], padding=1), p + ".bn2")
        if stride == 2:
            channels = x.shape[1]
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, channels // 2, channels - channels // 2))
        x = F.relu(y + x)
    return F.linear(x.mean([2, 3]), t["linear.weight"], t["linear.bias"])


MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
LABELS = torch.tensor([0, 1, 2, 2, 1, 0])


def steps(case):
    tensors = network()
    learnt = {n: v.requires_grad_() for n, v in tensors.items() if ".running_" not in n}
    norms = [v for v in learnt.values() if v.dim() == 1]
    others = [v for v in learnt.values() if v.dim() > 1]
    if case.get("decayNorms"):
        groups = [{"params": list(learnt.values()), "weight_decay": case["decay"]}]
    else:
        groups = [{"params": others, "weight_decay": case["decay"]},
                  {"params": norms, "weight_decay": 0.0}]
    if case["optimizer"] == "adamw":
        optimizer = torch.optim.AdamW(groups, lr=case["rate"])
    else:
        optimizer = torch.optim.SGD(
            groups, lr=case["rate"], momentum=0.9, nesterov=case["nesterov"])
    average = {n: v.detach().clone() for n, v in tensors.items()}
    losses = []
    for step in range(3):
        i = np.arange(6 * 3 * 32 * 32, dtype=np.int64)
        pixels = ((i * 37 + (i // 3072) * 50 + step * 11 + i * i // 977) % 256).astype(np.uint8)
        images = torch.tensor(pixels.reshape(6, 32, 32, 3)).permute(0, 3, 1, 2).float() / 255
        logits = forward(tensors, (images - MEAN) / STD)
        target = LABELS
        if case["share"] < 1:
            hot = F.one_hot(LABELS, 3).float()
            target = case["share"] * hot + (1 - case["share"]) * hot.roll(1, 0)
        weights = torch.tensor(case["classWeights"]) if case["classWeights"] else None
        loss = F.cross_entropy(
            logits, target, weights, label_smoothing=case["smoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        with torch.no_grad():
            for name, value in tensors.items():
                average[name].lerp_(value, 1 - case["average"])
    summary = {}
    for prefix, values in [("", tensors), ("average.", average)]:
        for name, value in values.items():
            flat = value.detach().double().flatten()
            summary[prefix + name] = [
                flat.mean().item(), flat.norm().item(), flat[0].item(), flat[-1].item()]
    return {**case, "losses": losses, "tensors": summary}


def main():
    base = {"optimizer": "sgd", "nesterov": True, "rate": 0.05, "decay": 5e-4, "smoothing": 0.0,
            "share": 1.0, "classWeights": [], "average": 0.9, "decayNorms": False}
    cases = {
        "sgd with Nesterov momentum and label smoothing": {**base, "smoothing": 0.1},
        "sgd that decays norms too": {**base, "nesterov": False, "decayNorms": True},
        "adamw": {**base, "optimizer": "adamw", "rate": 0.0005, "decay": 0.05},
        "mixed targets with label smoothing": {**base, "share": 0.7, "smoothing": 0.1},
        "class weights": {**base, "classWeights": [0.5, 1.0, 2.5]},
    }
    with open("augmentations.json", "w") as out:
        json.dump(augmentations(), out, indent=1)
        out.write("\n")
    with open("steps.json", "w") as out:
        json.dump({name: steps(case) for name, case in cases.items()}, out, indent=1)
        out.write("\n")


main()
