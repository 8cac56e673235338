"""Writes the fixtures of this folder with PyTorch: python make.py OUT (torch 2.15, torchvision 0.29, timm 1.0.31).

describe.csv   name, shortcut, block, width, parameters, multiply-adds, side, receptive field ("" where not counted):
               torchvision's and timm's own networks, and those below; parameters and multiply-adds are counted on the meta
               device, the receptive field is the extent of the input's gradient of one place of the last map
<id>.csv       a small network with weights by formula (see FormulaWeights.java), float64: its logits of two images
               in evaluation, then one step of SGD (rate 0.1, momentum 0.9, decay 1e-4) on eight images in training:
               the loss before it, and of each tensor four values after it, at positions 0, n/3, 2n/3 and n-1 (of the deepest network a few tensors, and not
               the first weight, where PyTorch's own float32 is 1.3e-3 off its float64)
"""
import math, os, sys
import numpy as np, timm, torch, torchvision
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

MASK = (1 << 64) - 1


def formula(name, shape, last):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    n = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        unit = ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) / 2**24
    if len(shape) == 4:
        high = math.sqrt(6 / (shape[1] * shape[2] * shape[3])); low = -high
    elif len(shape) == 2:
        high = 4 * math.sqrt(3 / shape[1]); low = -high
    elif name.endswith("running_mean") or name.endswith("bias"):
        low, high = -0.1, 0.1
    elif name.endswith("running_var") or not last:
        low, high = 0.8, 1.2
    else:
        low, high = 0.1, 0.3
    return torch.from_numpy((low + (high - low) * unit).astype(np.float32).reshape(shape))


def fill(net):
    state = net.state_dict()
    end = ".bn3.weight" if any(".bn3." in name for name in state) else ".bn2.weight"
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            tensor.copy_(formula(name, tuple(tensor.shape), name.startswith("layer") and name.endswith(end)))


class Block(nn.Module):
    """conv1, bn1, conv2, bn2 (conv3, bn3), downsample or shortcut."""

    def __init__(self, ci, width, co, stride, bottleneck, shortcut, kind, projection):
        super().__init__()
        strides = ((stride, 1, 1) if kind == "v1" else (1, stride, 1)) if bottleneck else (stride, 1)
        sizes = (1, 3, 1) if bottleneck else (3, 3)
        channels = [ci] + [width] * (len(sizes) - 1) + [co]
        self.count, self.kind, self.projection, self.stride = len(sizes), kind, projection, stride
        for i, size in enumerate(sizes):
            setattr(self, f"conv{i + 1}", nn.Conv2d(channels[i], channels[i + 1], size, strides[i], size // 2, bias=False))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(channels[i if kind == "v2" else i + 1]))
        if kind == "sum-norm":
            self.bn3 = nn.BatchNorm2d(co)
        moves = stride != 1 or ci != co
        self.projects = shortcut == "C" or shortcut == "B" and moves
        self.zeros = co - ci if moves and not self.projects else None
        if self.projects:
            size = 3 if kind == "sum-norm" else 1
            layers = [nn.Conv2d(ci, co, size, stride, size // 2, bias=False)]
            if kind in ("v1", "v1.5"):
                layers.append(nn.BatchNorm2d(co))
            setattr(self, projection, nn.Sequential(*layers))

    def side(self, x):
        if self.projects:
            return getattr(self, self.projection)(x)
        if self.zeros is None:
            return x
        before = self.zeros // 2
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.zeros - before))

    def forward(self, x):
        if self.kind == "v2":
            y = F.relu(self.bn1(x))
            s = self.side(y) if self.projects or self.zeros is not None else x
            y = self.conv1(y)
            for i in range(2, self.count + 1):
                y = getattr(self, f"conv{i}")(F.relu(getattr(self, f"bn{i}")(y)))
            return y + s
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.count else y
        y = y + self.side(x)
        return F.relu(self.bn3(y) if self.kind == "sum-norm" else y)


class Net(nn.Module):
    def __init__(self, depths, bottleneck, shortcut, kind, width=1.0, imagenet=False, classes=10, base=None):
        super().__init__()
        base = base or (64 if imagenet else 16)
        size, self.pools, self.v2, self.head = (7, True, kind == "v2", "fc") if imagenet else (3, False, kind == "v2", "linear")
        self.conv1 = nn.Conv2d(3, base, size, 2 if imagenet else 1, size // 2, bias=False)
        if not self.v2:
            self.bn1 = nn.BatchNorm2d(base)
        ci, self.depths = base, depths
        for k, count in enumerate(depths):
            inner = round(width * (base << k)); co = 4 * (base << k) if bottleneck else inner
            blocks = []
            for i in range(count):
                stride = 2 if k > 0 and i == 0 else 1
                blocks.append(Block(ci, inner, co, stride, bottleneck, shortcut, kind, "downsample" if imagenet else "shortcut"))
                ci = co
            setattr(self, f"layer{k + 1}", nn.Sequential(*blocks))
        if self.v2:
            self.bn = nn.BatchNorm2d(ci)
        setattr(self, self.head, nn.Linear(ci, classes))

    def maps(self, x):
        x = self.conv1(x)
        if not self.v2:
            x = F.relu(self.bn1(x))
        if self.pools:
            x = F.max_pool2d(x, 3, 2, 1)
        for k in range(len(self.depths)):
            x = getattr(self, f"layer{k + 1}")(x)
        return F.relu(self.bn(x)) if self.v2 else x

    def forward(self, x):
        return getattr(self, self.head)(self.maps(x).mean((2, 3)))


NETS = {18: ([2, 2, 2, 2], False), 34: ([3, 4, 6, 3], False), 50: ([3, 4, 6, 3], True), 101: ([3, 4, 23, 3], True), 152: ([3, 8, 36, 3], True)}


def grouped(module):
    """With group norms in place of batch norms, as timm's resnet50_gn has them."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(module, name, nn.GroupNorm(32, child.num_features))
        else:
            grouped(child)
    return module


def named(name, shortcut, kind, width=1.0, classes=10, base=None):
    if name.endswith("_gn"):
        return grouped(named(name.removesuffix("_gn"), shortcut, kind, width, classes, base))
    if name.startswith("cifar"):
        bottleneck = name.endswith("-bottleneck")
        n = (int(name.removeprefix("cifar-resnet").removesuffix("-bottleneck")) - 2) // (9 if bottleneck else 6)
        return Net([n] * 3, bottleneck, shortcut, kind, width, False, classes, base)
    depths, bottleneck = NETS[int(name.removeprefix("resnet"))]
    return Net(depths, bottleneck, shortcut, kind, width, True, classes, base)


# ---- describe.csv

def counted(make, side):
    with torch.device("meta"):
        net = make().eval(); x = torch.empty(1, 3, side, side)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    return sum(p.numel() for p in net.parameters()), counter.get_total_flops() // 2


def field(name, kind):
    """One channel everywhere, positive weights and norms that change nothing: every path counts."""
    net = named(name, "B", kind, base=1).double().eval()
    for n, t in net.state_dict().items():
        t.fill_(0 if n.endswith(("running_mean", "bias")) else 1)
    pool, F.max_pool2d = F.max_pool2d, F.avg_pool2d
    try:
        side = 1600 if net.pools else 1 + 2 * 40 * int("".join(c for c in name if c.isdigit())) // 6
        x = torch.ones(1, 3, side, side, dtype=torch.float64, requires_grad=True)
        # The weights of 1 make numbers too large: each convolution takes the mean of its window.
        for m in net.modules():
            if isinstance(m, nn.Conv2d):
                m.weight.data.fill_(1 / m.weight[0].numel())
        y = net.maps(x); middle = y.shape[-1] // 2
        y[0, 0, middle, middle].backward()
    finally:
        F.max_pool2d = pool
    rows = (x.grad[0, 0].abs().sum(1) > 0).nonzero()
    assert 0 < rows[0] and rows[-1] < side - 1, name
    return int(rows[-1] - rows[0]) + 1


def describe(out):
    lines = ["name,shortcut,block,width,classes,side,parameters,multiply-adds,receptive field"]
    vision = [(f"resnet{d}", f"resnet{d}") for d in NETS] + [("wide_resnet50_2",) * 2, ("wide_resnet101_2",) * 2]
    vision += [(name, name) for name in ("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d")]
    for name, builder in vision:
        p, m = counted(getattr(torchvision.models, builder), 224)
        lines.append(f"{name},B,v1.5,1.0,1000,224,{p},{m},{field(name, 'v1.5') if name in ('resnet18', 'resnet34', 'resnet50') else ''}")
    for name in ("resnet18d", "resnet50d", "resnet101d", "seresnet18", "seresnet50", "seresnext50_32x4d", "seresnet152d", "resnet50_gn"):
        p, m = counted(lambda: timm.create_model(name), 224)
        lines.append(f"{name},B,v1.5,1.0,1000,224,{p},{m},")
    rows = [(f"cifar-resnet{d}", s, "v1.5", 1.0, 32) for d in (20, 32, 44, 56, 110) for s in "ABC"]
    rows += [("cifar-resnet1202", s, "v1.5", 1.0, 32) for s in "AB"]
    rows += [(f"cifar-resnet{d}-bottleneck", s, "v2", 1.0, 32) for d in (20, 164, 1001) for s in "AB"]
    rows += [("cifar-resnet20", s, "sum-norm", 1.0, 32) for s in "BC"]
    rows += [("cifar-resnet26", "B", "v2", 10.0, 32), ("cifar-resnet14", "B", "v2", 4.0, 32)]  # WRN-28-10, WRN-16-4
    rows += [(n, s, k, 1.0, 224) for n in ("resnet18", "resnet50") for s in "AC" for k in ("v1.5",)]
    rows += [("resnet50", "B", "v1", 1.0, 224), ("resnet50", "B", "v2", 1.0, 224), ("resnet34", "B", "sum-norm", 1.0, 224)]
    for name, shortcut, kind, width, side in rows:
        classes = 10 if side == 32 else 1000
        p, m = counted(lambda: named(name, shortcut, kind, width, classes), side)
        small = name in ("cifar-resnet20", "cifar-resnet20-bottleneck") and shortcut == "B" or (name, kind) == ("resnet50", "v1")
        lines.append(f"{name},{shortcut},{kind},{width},{classes},{side},{p},{m},{field(name, kind) if small else ''}")
    with open(f"{out}/describe.csv", "w") as f:
        f.write("\n".join(lines) + "\n")


# ---- <id>.csv

def images(count, side):
    i = np.arange(count * side * side * 3, dtype=np.uint64)
    bytes_ = (((i * i * i + 7 * i) * np.uint64(2654435761)) >> np.uint64(24)) & np.uint64(255)
    x = torch.from_numpy(bytes_.astype(np.float64).reshape(count, side, side, 3)).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(v, dtype=torch.float64)[:, None, None] for v in ((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)))
    return (x - mean) / std


def row(name, values):
    return name + "," + ",".join(f"{v:.9g}" for v in values)


def small(out, name, shortcut, kind, width=1.0, only=None):
    torch.manual_seed(0)
    net = named(name, shortcut, kind, width); fill(net); net.double()
    x, labels = images(8, 32), torch.arange(8) % 10
    with torch.no_grad():
        lines = [row(f"logits{i}", v.tolist()) for i, v in enumerate(net.eval()(x[:2]))]
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=1e-4)
    loss = F.cross_entropy(net(x), labels); loss.backward(); optimizer.step()
    lines.append(row("loss", [loss.item()]))
    for key, tensor in net.state_dict().items():
        if not key.endswith("num_batches_tracked") and (only is None or key in only):
            flat = tensor.flatten(); n = flat.numel()
            lines.append(row(key, flat[[0, n // 3, 2 * n // 3, n - 1]].tolist()))
    with open(f"{out}/{name}-{shortcut}-{kind}-{width:g}.csv", "w") as f:
        f.write("\n".join(lines) + "\n")


def main():
    out = sys.argv[1]; torch.set_num_threads(2); torch.set_grad_enabled(True)
    for shortcut in "ABC":
        for kind in ("v1.5", "v2", "sum-norm"):
            small(out, "cifar-resnet14", shortcut, kind)
        for kind in ("v1", "v1.5", "v2"):
            small(out, "cifar-resnet20-bottleneck", shortcut, kind)
    small(out, "cifar-resnet14", "B", "v2", 2.0)
    small(out, "cifar-resnet20-bottleneck", "A", "v1.5", 1.5)
    small(out, "resnet18", "B", "v2"); small(out, "resnet50", "A", "v1"); small(out, "resnet18", "C", "sum-norm")
    small(out, "resnet18_gn", "B", "v1.5")
    small(out, "cifar-resnet1202", "A", "v1.5", only=("bn1.running_mean", "layer2.0.conv1.weight",
          "layer3.199.conv2.weight", "layer3.199.bn2.weight", "layer3.199.bn2.running_var", "linear.weight", "linear.bias"))
    describe(out)


if __name__ == "__main__":
    main()
