"""Writes the fixtures of this folder: python make.py OUT [NAME…] (torch 2.15, torchvision 0.29, timm 1.0.31).

NAME.csv   a small network of a library, or of a repository as its source has it, with weights by formula of the
           names in its own state dict (see FormulaWeights.java), in float64: side of its input, parameters,
           multiply-adds, every tensor's name and shape, its logits of two images, and of SERVED the first's features
"""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import torch
from make import formula, images, row
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode


# ---- repositories

class Kuangliu(nn.Module):
    """pytorch-cifar's ResNet of basic blocks."""

    class Block(nn.Module):
        def __init__(self, inputs, planes, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, planes, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(planes)
            self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(planes)
            self.shortcut = nn.Sequential()
            if stride != 1 or inputs != planes:
                self.shortcut = nn.Sequential(nn.Conv2d(inputs, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

        def forward(self, x):
            return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))

    def __init__(self, blocks=(1, 1, 1, 1), planes=16):
        super().__init__()
        self.conv1 = nn.Conv2d(3, planes, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        inputs = planes
        for k, count in enumerate(blocks):
            layers = []
            for i in range(count):
                layers.append(self.Block(inputs, planes << k, 2 if k and not i else 1))
                inputs = planes << k
            setattr(self, f"layer{k + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(inputs, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for k in range(4):
            x = getattr(self, f"layer{k + 1}")(x)
        return self.linear(F.avg_pool2d(x, 4).flatten(1))


class Weiaicunzai(nn.Module):
    """pytorch-cifar100's ResNet."""

    class Basic(nn.Module):
        expansion = 1

        def __init__(self, inputs, planes, stride):
            super().__init__()
            self.residual_function = nn.Sequential(
                nn.Conv2d(inputs, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
                nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes))
            self.shortcut = nn.Sequential()
            if stride != 1 or inputs != planes:
                self.shortcut = nn.Sequential(nn.Conv2d(inputs, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

        def forward(self, x):
            return F.relu(self.residual_function(x) + self.shortcut(x))

    class Bottleneck(Basic):
        expansion = 4

        def __init__(self, inputs, planes, stride):
            nn.Module.__init__(self)
            self.residual_function = nn.Sequential(
                nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
                nn.Conv2d(planes, planes, 3, stride, 1, bias=False), nn.BatchNorm2d(planes), nn.ReLU(),
                nn.Conv2d(planes, planes * 4, 1, bias=False), nn.BatchNorm2d(planes * 4))
            self.shortcut = nn.Sequential()
            if stride != 1 or inputs != planes * 4:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(inputs, planes * 4, 1, stride, bias=False), nn.BatchNorm2d(planes * 4))

    def __init__(self, block, blocks=(1, 2, 1, 1), planes=16):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes), nn.ReLU())
        inputs = planes
        for k, count in enumerate(blocks):
            layers = []
            for i in range(count):
                layers.append(block(inputs, planes << k, 2 if k and not i else 1))
                inputs = (planes << k) * block.expansion
            setattr(self, f"conv{k + 2}_x", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, 10)

    def forward(self, x):
        x = self.conv1(x)
        for k in range(4):
            x = getattr(self, f"conv{k + 2}_x")(x)
        return self.fc(x.mean((2, 3)))


class Akamaster(nn.Module):
    """pytorch_resnet_cifar10's ResNet-8, whose shortcuts of option A are functions."""

    class Block(nn.Module):
        def __init__(self, inputs, planes, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, planes, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(planes)
            self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(planes)
            self.pads = planes // 4 if stride != 1 or inputs != planes else 0

        def forward(self, x):
            s = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pads, self.pads)) if self.pads else x
            return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + s)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(self.Block(16, 16, 1))
        self.layer2 = nn.Sequential(self.Block(16, 32, 2))
        self.layer3 = nn.Sequential(self.Block(32, 64, 2))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


def chenyaofo():
    """pytorch-cifar-models: torchvision's blocks, three stages, a stem of 3x3 without a pool."""
    from torchvision.models.resnet import BasicBlock, ResNet
    net = ResNet(BasicBlock, [1, 1, 1, 1], num_classes=10)
    net.conv1, net.bn1, net.maxpool = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.Identity()
    net.inplanes = 16
    net.layer1, net.layer2 = net._make_layer(BasicBlock, 16, 2), net._make_layer(BasicBlock, 32, 1, 2)
    net.layer3, net.layer4 = net._make_layer(BasicBlock, 64, 1, 2), nn.Identity()
    net.fc = nn.Linear(64, 10)
    return net


# ---- libraries

NARROW = dict(num_classes=10, channels=(16, 32, 64, 128))


def torchvision_resnext():
    from torchvision.models.resnet import Bottleneck, ResNet
    return ResNet(Bottleneck, [1, 1, 1, 1], num_classes=10, groups=32, width_per_group=4)


def timm_resnet(block="Bottleneck", layers=(1, 2, 1, 1), **options):
    from timm.models import resnet
    return resnet.ResNet(getattr(resnet, block), layers, **{**NARROW, **options})


def timm_v2(norm="GroupNormAct", standardized=False, channels=(128, 256, 512, 1024), **options):
    from functools import partial
    from timm.models import resnetv2
    conv = partial(resnetv2.StdConv2d, eps=1e-8) if standardized else resnetv2.create_conv2d
    return resnetv2.ResNetV2([1, 2, 1, 1], channels, 10, norm_layer=getattr(resnetv2, norm), conv_layer=conv, **options)


def timm_senet(block, **options):
    from timm.models import senet
    return senet.SENet(getattr(senet, block), (1, 1, 1, 1), reduction=16, num_classes=10, **options)


SE = dict(block_args=dict(attn_layer="se"))
GROUPS = dict(channels=(32, 64, 128, 256), norm_layer="groupnorm")
DEEP = dict(stem_width=8, stem_type="deep", avg_down=True)
NETWORKS = {
    "torchvision-resnext": (64, torchvision_resnext),
    "timm-resnext": (64, lambda: timm_resnet(cardinality=8, base_width=16)),
    "timm-resnet-d": (60, lambda: timm_resnet(**DEEP)),
    "timm-resnet-t": (64, lambda: timm_resnet(stem_width=16, stem_type="deep_tiered", avg_down=True)),
    "timm-basic-d": (60, lambda: timm_resnet("BasicBlock", **DEEP)),
    "timm-seresnet": (64, lambda: timm_resnet(**SE)),
    "timm-basic-se": (64, lambda: timm_resnet("BasicBlock", **SE)),
    "timm-seresnext-d": (60, lambda: timm_resnet(cardinality=4, base_width=32, **DEEP, **SE)),
    "timm-legacy-seresnet": (64, lambda: timm_senet("SEResNetBottleneck", groups=1)),
    "timm-legacy-seresnext": (60, lambda: timm_senet("SEResNeXtBottleneck", groups=32)),
    "timm-legacy-senet": (64, lambda: timm_senet("SEBottleneck", groups=64, inplanes=128, input_3x3=True, downsample_kernel_size=3, downsample_padding=1)),
    "timm-resnet-gn": (60, lambda: timm_resnet(**GROUPS)),
    "timm-basic-gn": (64, lambda: timm_resnet("BasicBlock", **GROUPS)),
    "timm-seresnet-d-gn": (60, lambda: timm_resnet(stem_width=32, stem_type="deep", avg_down=True, **GROUPS, **SE)),
    "timm-bit": (60, lambda: timm_v2(standardized=True, stem_type="fixed")),
    "timm-v2": (60, lambda: timm_v2("BatchNormAct2d", channels=(64, 128, 256, 512))),
    "timm-v2-d": (60, lambda: timm_v2("BatchNormAct2d", channels=(64, 128, 256, 512), stem_type="deep", avg_down=True)),
    "timm-v2-basic": (64, lambda: timm_v2("BatchNormAct2d", channels=(32, 64, 128, 256), basic=True, bottle_ratio=1.0)),
    "timm-v2-d-gn": (60, lambda: timm_v2(stem_type="deep", avg_down=True)),
    "kuangliu": (32, Kuangliu),
    "weiaicunzai-basic": (32, lambda: Weiaicunzai(Weiaicunzai.Basic)),
    "weiaicunzai-bottleneck": (32, lambda: Weiaicunzai(Weiaicunzai.Bottleneck)),
    "akamaster": (32, lambda: nn.DataParallel(Akamaster())),
    "chenyaofo": (32, chenyaofo),
}


SERVED = ("timm-seresnet", "timm-resnext", "timm-resnet-d", "timm-resnet-gn", "timm-bit")


def write(out, name):
    side, make = NETWORKS[name]
    net = make().eval()
    state = net.state_dict()
    end = ".bn3.weight" if any(".bn3." in key for key in state) else ".bn2.weight"
    lines = [f"side,{side}", f"parameters,{sum(p.numel() for p in net.parameters())}"]
    for key, tensor in state.items():
        lines.append(",".join(["tensor", key, *map(str, tensor.shape)]))
        if not key.endswith("num_batches_tracked"):
            tensor.copy_(formula(key, tuple(tensor.shape), key.startswith("layer") and key.endswith(end)))
    net.double()
    x = images(2, side)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x[:1])
    lines.insert(2, f"multiply-adds,{counter.get_total_flops() // 2}")
    with torch.no_grad():
        lines += [row(f"logits{i}", v.tolist()) for i, v in enumerate(net(x))]
        if name in SERVED:
            lines.append(row("features0", net.forward_features(x[:1]).mean((2, 3))[0].tolist()))
    with open(f"{out}/{name}.csv", "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    for name in sys.argv[2:] or NETWORKS:
        write(sys.argv[1], name)
