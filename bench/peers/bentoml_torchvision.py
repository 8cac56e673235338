"""BentoML with torchvision's ResNet-50 and adaptive batching: MODEL=FILE.pt bentoml serve bentoml_torchvision:ResNet.

FILE.pt is the TorchScript that export.py wrote. POST an image to /classify as multipart part
`images`.
"""

import os
from pathlib import Path

import bentoml
import torch
import torchvision
from PIL import Image


@bentoml.service(workers=1)
class ResNet:
    def __init__(self):
        self.model = torch.jit.load(os.environ["MODEL"]).eval()
        self.preprocess = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()

    @bentoml.api(batchable=True, max_batch_size=8, max_latency_ms=60_000)
    def classify(self, images: list[Path]) -> list[list[int]]:
        x = torch.stack([self.preprocess(Image.open(i).convert("RGB")) for i in images])
        with torch.inference_mode():
            return self.model(x).topk(5).indices.tolist()
