"""Residual networks that are computed in float64 by PyTorch while their layers are written down."""
import torch
from torch.nn import functional as F
from common import standardised, value


class Tape:
    """layers: (kind, name, inputs, output, settings, arrays); each input and output is a name."""

    def __init__(self, x, data="data"):
        self.layers, self.values = [], {data: torch.from_numpy(x)}

    def _add(self, kind, name, inputs, result, settings, arrays=()):
        self.values[name] = result
        self.layers.append((kind, name, inputs, settings, list(arrays)))
        return name

    def conv(self, x, name, outputs, kernel, stride=1, pad=0, bias=False, groups=1):
        a = self.values[x]
        w = value(name, (outputs, a.shape[1] // groups, kernel, kernel), "kernel", a.shape[1] // groups * kernel * kernel)
        b = value(name + ".b", (outputs,), "bias") if bias else None
        result = F.conv2d(a, torch.from_numpy(w).double(), None if b is None else torch.from_numpy(b).double(), stride, pad,
                          groups=groups)
        return self._add("conv", name, [x], result, dict(outputs=outputs, kernel=kernel, stride=stride, pad=pad),
                         [w] + ([b] if bias else []))

    def norm(self, x, name, eps=1e-5, plain=False):
        a = self.values[x]
        arrays = [value(f"{name}.{r}", (a.shape[1],), r) for r in ("scale", "shift", "mean", "variance")]
        scale, shift, mean, variance = [torch.from_numpy(v).double() for v in arrays]
        if plain:  # the saved scale is not used
            scale, shift = torch.ones_like(scale), torch.zeros_like(shift)
        result = F.batch_norm(a, mean, variance, scale, shift, eps=eps)
        return self._add("norm", name, [x], result, dict(eps=eps, plain=plain), arrays)

    def relu(self, x, name):
        return self._add("relu", name, [x], F.relu(self.values[x]), {})

    def maxpool(self, x, name, pad=1, ceil=False):
        result = F.max_pool2d(self.values[x], 3, 2, pad, ceil_mode=ceil)
        return self._add("maxpool", name, [x], result, dict(pad=pad))

    def add(self, x, y, name):
        return self._add("add", name, [x, y], self.values[x] + self.values[y], {})

    def mean(self, x, name):
        return self._add("mean", name, [x], self.values[x].mean((2, 3), keepdim=True), dict(side=self.values[x].shape[2]))

    def dense(self, x, name, outputs):
        a = self.values[x].flatten(1)
        w, b = value(name, (outputs, a.shape[1]), "matrix", a.shape[1]), value(name + ".b", (outputs,), "bias")
        result = a @ torch.from_numpy(w).double().T + torch.from_numpy(b).double()
        return self._add("dense", name, [x], result, {}, [w, b])
