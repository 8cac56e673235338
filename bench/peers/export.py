"""Writes torchvision's ResNet-50 for the other engines: python export.py WEIGHTS.safetensors IMAGES DIR.

DIR receives resnet50.onnx and resnet50-int8.onnx for ONNX Runtime, and resnet50.xml and
resnet50-int8.xml for OpenVINO, and resnet50.pt, TorchScript, for the others. The 8-bit ones are
calibrated on IMAGES, a folder of images.
"""

import sys
from pathlib import Path

import nncf
import numpy as np
import openvino
import torch
import torchvision
from onnxruntime import quantization
from PIL import Image
from safetensors.torch import load_file

weights, images, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
out.mkdir(parents=True, exist_ok=True)
model = torchvision.models.resnet50(weights=None)
model.load_state_dict(load_file(weights))
model.eval()

preprocess = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()
files = sorted(p for p in images.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})[:200]
images = [preprocess(Image.open(f).convert("RGB")).unsqueeze(0).numpy() for f in files]
if not images:
    sys.exit(f"there are no images in {images}")

torch.jit.trace(model, torch.zeros(1, 3, 224, 224)).save(str(out / "resnet50.pt"))

onnx_file = out / "resnet50.onnx"
example = torch.zeros(8, 3, 224, 224)
torch.onnx.export(
    model, example, str(onnx_file), input_names=["x"], output_names=["logits"],
    dynamic_axes={"x": {0: "n"}, "logits": {0: "n"}}, opset_version=17, dynamo=False)


class Reader(quantization.CalibrationDataReader):
    def __init__(self):
        self.left = iter(images)

    def get_next(self):
        image = next(self.left, None)
        return None if image is None else {"x": image}


prepared = out / "prepared.onnx"
quantization.quant_pre_process(str(onnx_file), str(prepared))
quantization.quantize_static(
    str(prepared), str(out / "resnet50-int8.onnx"), Reader(),
    quant_format=quantization.QuantFormat.QDQ, per_channel=True,
    activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8)
prepared.unlink()

plain = openvino.convert_model(str(onnx_file))
openvino.save_model(plain, out / "resnet50.xml", compress_to_fp16=False)
eight = nncf.quantize(plain, nncf.Dataset(images, lambda p: p), subset_size=len(images))
openvino.save_model(eight, out / "resnet50-int8.xml")
print(f"calibrated on {len(images)} images; wrote", *sorted(p.name for p in out.iterdir()))
