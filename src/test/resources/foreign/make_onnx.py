"""Writes the ONNX fixtures of this folder (torch 2.15, torchvision 0.29, onnx 1.23, onnxruntime 1.32): python make_onnx.py

Weights are by formula. Logits are those of PyTorch in float64, or of ONNX Runtime where the graph was written by hand.
"""
import os, warnings
import numpy as np, onnx, onnxruntime, torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck
from common import OUT, keep, standardised, value

warnings.filterwarnings("ignore")


class Narrow(nn.Module):
    """torchvision's blocks, fewer channels. down: 'avg' for ResNet-D's shortcuts."""

    def __init__(self, block, widths, blocks, classes=7, down="conv"):
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = 8
        for stage, (width, count) in enumerate(zip(widths, blocks), 1):
            layers = []
            for i in range(count):
                stride, out = (2 if stage > 1 and i == 0 else 1), width * block.expansion
                shortcut = None
                if stride > 1 or channels != out:
                    average = down == "avg" and stride > 1
                    pool = [nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)] if average else []
                    conv = nn.Conv2d(channels, out, 1, 1 if average else stride, bias=False)
                    shortcut = nn.Sequential(*pool, conv, nn.BatchNorm2d(out))
                layers.append(block(channels, width, stride, shortcut))
                channels = out
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.stages = len(widths)
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(channels, classes)
        state = self.state_dict()
        for name, tensor in state.items():
            if not name.endswith("num_batches_tracked"):
                part = name.rsplit(".", 1)[1]
                role = {4: "kernel", 2: "matrix"}.get(
                    tensor.dim(), {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}[part])
                fan = int(np.prod(tensor.shape[1:])) if tensor.dim() > 1 else None
                tensor.copy_(torch.from_numpy(value(name, tuple(tensor.shape), role, fan)))
        self.eval()

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


def logits(net):
    with torch.no_grad():
        return net.double()(torch.from_numpy(standardised())).numpy()


def saved(model, file):
    onnx.checker.check_model(model)
    open(os.path.join(OUT, file), "wb").write(model.SerializeToString())


def exported(net, file, answer=True, **options):
    path = os.path.join(OUT, file)
    torch.onnx.export(net.float(), torch.zeros(1, 3, 224, 224), path, verbose=False, external_data=False, **options)
    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
    for v in list(model.graph.value_info) + list(model.graph.input) + list(model.graph.output):
        del v.metadata_props[:]
    del model.graph.value_info[:]
    saved(model, file)
    print(file, sorted({n.op_type for n in model.graph.node}))
    if answer:
        keep(file, logits(net))
    return model


def by_hand():
    """The layout of the ONNX zoo's resnet*-v2 (from Gluon): the image has a norm, the stem too."""
    nodes, weights = [], []

    def const(name, array):
        weights.append(numpy_helper.from_array(array, name))
        return name

    def norm(x, name, channels, plain=False):
        arrays = [const(f"{name}_{r}", np.ones(channels, np.float32) if plain and r == "scale"
                        else np.zeros(channels, np.float32) if plain and r == "shift"
                        else value(f"{name}.{r}", (channels,), r)) for r in ("scale", "shift", "mean", "variance")]
        nodes.append(helper.make_node("BatchNormalization", [x, *arrays], [name], name, epsilon=2e-5, momentum=0.9))
        return name

    def conv(x, name, i, o, k, s):
        w = const(name + "_weight", value(name, (o, i, k, k), "kernel", i * k * k))
        nodes.append(helper.make_node("Conv", [x, w], [name], name, kernel_shape=[k, k], strides=[s, s], pads=[k // 2] * 4,
                                      dilations=[1, 1], group=1))
        return name

    def op(kind, inputs, name, **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    x = norm("data", "data_bn", 3, plain=True)
    x = op("Relu", [norm(conv(x, "conv0", 3, 8, 7, 2), "bn0", 8)], "relu0")
    x = op("MaxPool", [x], "pool0", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    channels = 8
    for stage, width in enumerate((4, 6), 1):
        for i in range(2):
            stride, out, name = (2 if stage > 1 and i == 0 else 1), width * 4, f"stage{stage}_unit{i}"
            p = op("Relu", [norm(x, name + "_bn1", channels)], name + "_relu1")
            shortcut = conv(p, name + "_sc", channels, out, 1, stride) if i == 0 else x
            y = op("Relu", [norm(conv(p, name + "_conv1", channels, width, 1, 1), name + "_bn2", width)], name + "_relu2")
            y = op("Relu", [norm(conv(y, name + "_conv2", width, width, 3, stride), name + "_bn3", width)], name + "_relu3")
            x = op("Add", [conv(y, name + "_conv3", width, out, 1, 1), shortcut], name + "_plus")
            channels = out
    x = op("GlobalAveragePool", [op("Relu", [norm(x, "bn1", channels)], "relu1")], "pool1")
    x = op("Reshape", [x, const("shape", np.array([0, -1], np.int64))], "flat")
    fc = [const("fc_weight", value("fc", (5, channels), "matrix", channels)), const("fc_bias", value("fc.bias", (5,), "bias"))]
    x = op("Gemm", [x, *fc], "dense", transB=1)
    graph = helper.make_graph(nodes, "v2", [helper.make_tensor_value_info("data", 1, [1, 3, 224, 224])],
                              [helper.make_tensor_value_info(x, 1, [1, 5])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 8)], ir_version=3)
    # IR 3 names weights as inputs, too
    model.graph.input.extend(helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in weights)
    saved(model, "zoo-v2.onnx")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    keep("zoo-v2.onnx", session.run(None, {"data": standardised().astype(np.float32)})[0])


torch.manual_seed(0)
bottlenecks = Narrow(Bottleneck, (4, 6), (2, 2))
folded = exported(bottlenecks, "export-folded.onnx", dynamo=True)
exported(Narrow(BasicBlock, (8, 12), (1, 2)), "export-separate.onnx", dynamo=False, do_constant_folding=False,
         training=torch.onnx.TrainingMode.PRESERVE)
exported(Narrow(BasicBlock, (8, 12), (1, 1), down="avg"), "export-average.onnx", dynamo=True)
by_hand()

onnx.save_model(folded, os.path.join(OUT, "external.onnx"), save_as_external_data=True, location="external.bin", size_threshold=64)
keep("external.onnx", logits(bottlenecks))

# Refused
from onnxruntime.quantization import CalibrationDataReader, quantize_static


class Reader(CalibrationDataReader):
    def __init__(self):
        self.data = iter([{folded.graph.input[0].name: standardised().astype(np.float32)}])

    def get_next(self):
        return next(self.data, None)


quantize_static(os.path.join(OUT, "export-folded.onnx"), os.path.join(OUT, "quantised.onnx"), Reader())
other = onnx.ModelProto(); other.CopyFrom(folded)
relus = [n for n in other.graph.node if n.op_type == "Relu"]
relus[3].op_type, relus[3].name = "HardSwish", "layer1/1/act2"
open(os.path.join(OUT, "hard-swish.onnx"), "wb").write(other.SerializeToString())
