"""Writes the Caffe fixtures of this folder, by the field numbers of caffe.proto: python make_caffe.py

The layers are those of He's ResNet-50: stride in the first 1x1, a pool that is rounded up, BatchNorm with a factor and
Scale, layers that write where they read, and the Split layers of a snapshot. Logits are those of PyTorch in float64.
"""
import os, struct
import numpy as np
from common import OUT, image, keep
from tape import Tape

MEAN = np.array([103.0626238, 115.90288257, 123.15163084])  # blue, green, red: the mean of ResNet_mean.binaryproto


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def piece(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def blob(a):
    a = np.asarray(a, np.float32)
    return piece(7, piece(7, piece(1, b"".join(varint(n) for n in a.shape))) + piece(5, a.tobytes()))


def layer(kind, name, bottoms, tops, blobs=(), more=b""):
    return piece(100, piece(1, name) + piece(2, kind) + b"".join(piece(3, b) for b in bottoms) + b"".join(piece(4, t) for t in tops)
                 + b"".join(blob(b) for b in blobs) + more)


x = (image()[None].astype(np.float64)[..., ::-1] - MEAN).transpose(0, 3, 1, 2).copy()
t = Tape(x)
y = t.maxpool(t.relu(t.norm(t.conv("data", "conv1", 8, 7, 2, 3, bias=True), "bn_conv1"), "conv1_relu"), "pool1", pad=0, ceil=True)
for stage, (width, count) in enumerate(((4, 2), (6, 1)), 2):
    for i in range(count):
        stride, b = (2 if stage > 2 and i == 0 else 1), f"{stage}{'abc'[i]}_branch"
        shortcut = t.norm(t.conv(y, f"res{b}1", 4 * width, 1, stride), f"bn{b}1") if i == 0 else y
        z = t.relu(t.norm(t.conv(y, f"res{b}2a", width, 1, stride), f"bn{b}2a"), f"res{b}2a_relu")
        z = t.relu(t.norm(t.conv(z, f"res{b}2b", width, 3, 1, 1), f"bn{b}2b"), f"res{b}2b_relu")
        z = t.norm(t.conv(z, f"res{b}2c", 4 * width, 1), f"bn{b}2c")
        y = t.relu(t.add(shortcut, z, f"res{b[:2]}"), f"res{b[:2]}_relu")
t.dense(t.mean(y, "pool5"), "fc1000", 5)

readers = {}
for _, name, inputs, _, _ in t.layers:
    for i in inputs:
        readers.setdefault(i, []).append(name)
out = [piece(1, "ResNet-narrow"), layer("Input", "input", [], ["data"])]
tops, splits = {"data": "data"}, {}
FACTOR = 998.0
for kind, name, inputs, settings, arrays in t.layers:
    bottoms = []
    for i in inputs:
        top = tops[i]
        if len(readers[i]) > 1:
            if i not in splits:
                splits[i] = [f"{top}_{i}_split_{k}" for k in range(len(readers[i]))]
                out.append(layer("Split", f"{top}_split", [top], splits[i]))
            top = splits[i][readers[i].index(name)]
        bottoms.append(top)
    if kind == "conv":
        # kernel_size as an unpacked repeated field, as Caffe's proto2 writes
        more = number(1, settings["outputs"]) + number(3, settings["pad"]) + number(4, settings["kernel"]) + number(6, settings["stride"])
        out.append(layer("Convolution", name, bottoms, [name], arrays, piece(106, more)))
        tops[name] = name
    elif kind == "norm":
        scale, shift, mean, variance = arrays
        out.append(layer("BatchNorm", name, bottoms, bottoms, [mean * FACTOR, variance * FACTOR, np.array([FACTOR])],
                         piece(139, number(1, 1))))
        out.append(layer("Scale", name.replace("bn", "scale", 1), bottoms, bottoms, [scale, shift], piece(142, number(4, 1))))
        tops[name] = bottoms[0]
    elif kind == "relu":
        out.append(layer("ReLU", name, bottoms, bottoms))
        tops[name] = bottoms[0]
    elif kind == "maxpool":
        out.append(layer("Pooling", name, bottoms, [name], (), piece(121, number(1, 0) + number(2, 3) + number(3, 2))))
        tops[name] = name
    elif kind == "mean":
        out.append(layer("Pooling", name, bottoms, [name], (), piece(121, number(1, 1) + number(2, settings["side"]) + number(3, 1))))
        tops[name] = name
    elif kind == "add":
        out.append(layer("Eltwise", name, bottoms, [name]))
        tops[name] = name
    else:
        out.append(layer("InnerProduct", name, bottoms, [name], arrays))
        tops[name] = name
out.append(layer("Softmax", "prob", ["fc1000"], ["prob"]))
open(os.path.join(OUT, "he.caffemodel"), "wb").write(b"".join(out))
keep("he.caffemodel", t.values["fc1000"].numpy())
