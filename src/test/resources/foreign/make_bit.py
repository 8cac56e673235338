"""Writes bit.npz, and its logits by timm, which loads it: python make_bit.py (torch 2.15, timm 1.0.31)."""
from functools import partial
import torch
from timm.models.resnetv2 import ResNetV2, StdConv2d
from common import *


def arrays():
    """As TensorFlow names and lays them out; kernels (height, width, inputs, outputs), coarse so that they compress."""
    def kernel(name, *shape):
        yield name, np.round(16 * value(name, shape, "kernel", fan=math.prod(shape[:3]))).astype(np.float32) / 16

    def norm(name, channels):
        yield f"{name}/gamma", value(f"{name}/gamma", (channels,), "scale")
        yield f"{name}/beta", value(f"{name}/beta", (channels,), "shift")

    conv = "standardized_conv2d/kernel"
    yield from kernel(f"resnet/root_block/{conv}", 7, 7, 3, 64)
    inputs = 64
    for stage in 1, 2:
        unit = f"resnet/block{stage}/unit01"
        for part, (size, ci, co) in {"a": (1, inputs, 32), "b": (3, 32, 32), "c": (1, 32, 128)}.items():
            yield from kernel(f"{unit}/{part}/{conv}", size, size, ci, co)
            yield from norm(f"{unit}/{part}/group_norm", ci)
        yield from kernel(f"{unit}/a/proj/{conv}", 1, 1, inputs, 128)
        inputs = 128
    yield from norm("resnet/group_norm", inputs)
    yield from kernel("resnet/head/conv2d/kernel", 1, 1, inputs, 5)
    yield "resnet/head/conv2d/bias", value("resnet/head/conv2d/bias", (5,), "bias")


path = os.path.join(OUT, "bit.npz")
np.savez_compressed(path, **dict(arrays()))
net = ResNetV2([1, 1], (128, 128), 5, stem_type="fixed", conv_layer=partial(StdConv2d, eps=1e-8)).eval()
net.load_pretrained(path)
with torch.no_grad():
    keep("bit.npz", net.double()(torch.from_numpy(standardised(0.5, 0.5)))[0].numpy())
