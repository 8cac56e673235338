"""Writes the MXNet fixtures of this folder, by the format of NDArray::Save: python make_mxnet.py

MXNet itself no longer installs from PyPI. Logits are those of PyTorch in float64, layer by layer.
"""
import json, os, struct
import numpy as np
from common import OUT, keep, standardised
from tape import Tape

ROLES = {"conv": ("weight", "bias"), "dense": ("weight", "bias"), "norm": ("gamma", "beta", "running_mean", "running_var")}


def saved(file, arrays, version=2):
    out = [struct.pack("<QQQ", 0x112, 0, len(arrays))]
    for _, a in arrays:
        if version == 2:
            out.append(struct.pack("<Ii", 0xF993FAC9, 0))
        elif version == 1:
            out.append(struct.pack("<I", 0xF993FAC8))
        out.append(struct.pack("<I", a.ndim))
        out.append(struct.pack("<%d%s" % (a.ndim, "I" if version == 0 else "q"), *a.shape))
        out.append(struct.pack("<iii", 1, 0, {"float32": 0, "float16": 2, "int8": 5}[str(a.dtype)]) + a.tobytes())
    out.append(struct.pack("<Q", len(arrays)))
    for name, _ in arrays:
        out.append(struct.pack("<Q", len(name)) + name.encode())
    open(os.path.join(OUT, file), "wb").write(b"".join(out))


def gluon(style):
    """Gluon's resnet*_v1, _v2 or GluonCV's _v1b or resnext, two stages of one and two bottlenecks."""
    style, groups = ("v1", 2) if style == "resnext" else (style, 1)
    t = Tape(standardised())
    if style == "v1b":
        x = t.relu(t.norm(t.conv("data", "conv1", 8, 7, 2, 3), "bn1"), "relu")
    elif style == "v1":
        x = t.relu(t.norm(t.conv("data", "features.0", 8, 7, 2, 3), "features.1"), "features.2")
    else:
        x = t.norm("data", "features.0", plain=True)
        x = t.relu(t.norm(t.conv(x, "features.1", 8, 7, 2, 3), "features.2"), "features.3")
    x = t.maxpool(x, "pool")
    for stage, (width, count) in enumerate(((4, 1), (6, 2))):
        for i in range(count):
            stride, out = (2 if stage and i == 0 else 1), 4 * width
            b = {"v1": "features.%d.%d." % (stage + 4, i), "v2": "features.%d.%d." % (stage + 5, i),
                 "v1b": "layer%d.%d." % (stage + 1, i)}[style]
            shortcut, y = x, x
            if style == "v1":
                y = t.relu(t.norm(t.conv(y, b + "body.0", width, 1, stride if groups == 1 else 1, bias=groups == 1), b + "body.1"), b + "body.2")
                y = t.relu(t.norm(t.conv(y, b + "body.3", width, 3, 1 if groups == 1 else stride, 1, groups=groups), b + "body.4"), b + "body.5")
                y = t.norm(t.conv(y, b + "body.6", out, 1, bias=groups == 1), b + "body.7")
                if i == 0:
                    shortcut = t.norm(t.conv(x, b + "downsample.0", out, 1, stride), b + "downsample.1")
            elif style == "v1b":
                y = t.relu(t.norm(t.conv(y, b + "conv1", width, 1), b + "bn1"), b + "relu1")
                y = t.relu(t.norm(t.conv(y, b + "conv2", width, 3, stride, 1), b + "bn2"), b + "relu2")
                y = t.norm(t.conv(y, b + "conv3", out, 1), b + "bn3")
                if i == 0:
                    shortcut = t.norm(t.conv(x, b + "downsample.0", out, 1, stride), b + "downsample.1")
            else:
                y = t.relu(t.norm(x, b + "bn1"), b + "relu1")
                if i == 0:
                    shortcut = t.conv(y, b + "downsample", out, 1, stride)
                y = t.relu(t.norm(t.conv(y, b + "conv1", width, 1), b + "bn2"), b + "relu2")
                y = t.relu(t.norm(t.conv(y, b + "conv2", width, 3, stride, 1), b + "bn3"), b + "relu3")
                y = t.conv(y, b + "conv3", out, 1)
            x = t.add(y, shortcut, b + "sum")
            if style != "v2":
                x = t.relu(x, b + "relu")
    if style == "v2":
        x = t.relu(t.norm(x, "features.7"), "features.8")
    x = t.dense(t.mean(x, "mean"), "fc" if style == "v1b" else "output", 5)
    return t, t.values[x].numpy()


def arrays(t):
    return [(f"{name}.{role}", a) for kind, name, _, _, own in t.layers for role, a in zip(ROLES.get(kind, ()), own)]


def symbol(t, file):
    """As net.export writes: weights with arg: and aux:, names with underscores, nodes by number."""
    nodes, ids = [{"op": "null", "name": "data", "inputs": []}], {"data": 0}
    named = []
    for kind, name, inputs, settings, own in t.layers:
        plain = "resnetv10_" + name.replace(".", "_")
        refs = [[ids[i], 0, 0] for i in inputs]
        for role, a in zip(ROLES.get(kind, ()), own):
            aux = role.startswith("running")
            nodes.append({"op": "null", "name": f"{plain}_{role}", "inputs": []})
            refs.append([len(nodes) - 1, 0, 0])
            named.append((("aux:" if aux else "arg:") + f"{plain}_{role}", a))
        pair = lambda n: "(%d, %d)" % (n, n)
        op, attrs = {
            "conv": lambda: ("Convolution", {"kernel": pair(settings["kernel"]), "stride": pair(settings["stride"]),
                                             "pad": pair(settings["pad"]), "dilate": "(1, 1)", "num_group": "1",
                                             "no_bias": str(len(own) == 1), "num_filter": str(settings["outputs"])}),
            "norm": lambda: ("BatchNorm", {"eps": str(settings["eps"]), "fix_gamma": str(settings["plain"]), "axis": "1"}),
            "relu": lambda: ("Activation", {"act_type": "relu"}),
            "maxpool": lambda: ("Pooling", {"kernel": "(3, 3)", "stride": "(2, 2)", "pad": pair(settings["pad"]),
                                            "pool_type": "max", "pooling_convention": "valid", "global_pool": "False"}),
            "mean": lambda: ("Pooling", {"kernel": "(1, 1)", "pool_type": "avg", "global_pool": "True"}),
            "add": lambda: ("elemwise_add", {}),
            "dense": lambda: ("FullyConnected", {"num_hidden": str(own[0].shape[0]), "flatten": "True"}),
        }[kind]()
        nodes.append({"op": op, "name": plain, "attrs": attrs, "inputs": refs})
        ids[name] = len(nodes) - 1
    nodes.append({"op": "softmax", "name": "prob", "inputs": [[len(nodes) - 1, 0, 0]]})
    saved(file + "-0000.params", named, version=1)
    with open(os.path.join(OUT, file + "-symbol.json"), "w") as out:
        json.dump({"nodes": nodes, "arg_nodes": [], "heads": [[len(nodes) - 1, 0, 0]]}, out, indent=1)


for style, version in (("v1", 2), ("v2", 2), ("v1b", 0), ("resnext", 2)):
    t, logits = gluon(style)
    saved(f"gluon-{style}.params", arrays(t), version)
    keep(f"gluon-{style}.params", logits)
    if style == "v1":
        symbol(t, "exported")
        keep("exported-0000.params", logits)
saved("int8.params", [("quantized_conv0_weight", np.zeros((4, 3, 3, 3), np.int8))])
