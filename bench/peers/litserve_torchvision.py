"""LitServe with torchvision's ResNet-50 as its guide shows: python litserve_torchvision.py FILE.pt [PORT].

FILE.pt is the TorchScript that export.py wrote. POST an image to /predict as multipart part `image`.
"""

import sys

import litserve
import torch
import torchvision
from PIL import Image

PREPROCESS = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()


class ResNet(litserve.LitAPI):
    def setup(self, device):
        self.model = torch.jit.load(sys.argv[1], map_location=device).eval()

    def decode_request(self, request):
        return PREPROCESS(Image.open(request["image"].file).convert("RGB"))

    def batch(self, inputs):
        return torch.stack(inputs)

    def predict(self, x):
        with torch.inference_mode():
            return self.model(x if x.ndim == 4 else x[None]).softmax(1)

    def unbatch(self, output):
        return list(output)

    def encode_response(self, output):
        best = output.reshape(-1).topk(5)
        return {"classes": [{"index": int(i), "probability": float(p)}
                            for p, i in zip(best.values, best.indices)]}


if __name__ == "__main__":
    api = ResNet(max_batch_size=8, batch_timeout=0.005)
    litserve.LitServer(api, accelerator="cpu").run(
        port=int(sys.argv[2]) if len(sys.argv) > 2 else 8001, generate_client_file=False)
