"""Writes views.json: what PyTorch makes of ten crops and of whole images at several scales.

Usage: make_views.py      (needs torch, torchvision, pillow and numpy; writes beside itself)

  wide.png, tall.png   the images
  views.json           for each: "ten" (10, classes) and "scales" (scales, classes) logits, and the
                       mean of their softmax

The network is torchvision's ResNet-18 with ten classes, its weights by formula as in
FormulaWeights.java. Short edge 80, crops of 64; short edges 64, 96, 112 and 160. At a scale the
classifier is a 1x1 convolution over the last map, and the mean of its map of scores is taken: the
fully convolutional form of He et al. 2015, section 4.1. Everything is in float64.
"""
import json, os
import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
RESIZE, CROP, SCALES, CLASSES = 80, 64, [64, 96, 112, 160], 10
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def fnv1a64(text):
    h = 0xCBF29CE484222325
    for b in text.encode():
        h = ((h ^ b) * 0x100000001B3) & (2**64 - 1)
    return h


def formula(name, shape):
    n = int(np.prod(shape))
    if name.endswith('num_batches_tracked'):
        return np.zeros(shape)
    if len(shape) == 4:
        high = np.sqrt(6 / (shape[1] * shape[2] * shape[3])); low = -high
    elif len(shape) == 2:
        high = 4 * np.sqrt(3 / shape[1]); low = -high
    elif name.endswith('running_var'):
        low, high = 0.8, 1.2
    elif name.endswith('running_mean') or name.endswith('bias'):
        low, high = -0.1, 0.1
    elif name.startswith('layer') and name.endswith('.bn2.weight'):
        low, high = 0.1, 0.3
    else:
        low, high = 0.8, 1.2
    with np.errstate(over='ignore'):
        z = np.uint64(fnv1a64(name)) + np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(40)).astype(np.float64) / 2**24
    return (low + (high - low) * unit).astype(np.float32).reshape(shape)


def image(w, h, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([255 * x / w, 128 + 127 * np.sin(x / 5 + y / 9), 255 * y / h], -1)
    a[h // 3 : h // 2, w // 4 : w // 2] = (250, 20, 40)
    return Image.fromarray(np.clip(a + rng.normal(0, 6, a.shape), 0, 255).astype('u1'))


def tensor(im):
    return F.normalize(F.pil_to_tensor(im).double() / 255, MEAN, STD)


def main():
    net = torchvision.models.resnet18(num_classes=CLASSES).double().eval()
    net.load_state_dict({k: torch.tensor(formula(k, tuple(v.shape))).reshape(v.shape) for k, v in net.state_dict().items()})
    trunk = torch.nn.Sequential(*list(net.children())[:-2])
    out = {}
    for name, size, seed in ('wide.png', (120, 90), 1), ('tall.png', (61, 97), 2):
        image(*size, seed).save(f'{HERE}/{name}', optimize=True)
        im = Image.open(f'{HERE}/{name}').convert('RGB')
        with torch.no_grad():
            crops = F.ten_crop(F.resize(im, RESIZE), CROP)
            ten = net(torch.stack([tensor(c) for c in crops]))
            scales = []
            for s in SCALES:
                last = trunk(tensor(F.resize(im, s))[None])
                scores = torch.nn.functional.conv2d(last, net.fc.weight[:, :, None, None], net.fc.bias)
                scales.append(scores.mean((2, 3))[0])
            scales = torch.stack(scales)
        out[name] = {
            key: {'logits': v.tolist(), 'probabilities': v.softmax(1).mean(0).tolist()}
            for key, v in (('ten', ten), ('scales', scales))
        }
    json.dump(out, open(f'{HERE}/views.json', 'w'), indent=1)


main()
