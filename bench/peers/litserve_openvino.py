"""LitServe with OpenVINO's int8 ResNet-50: python litserve_openvino.py DIR [PORT]. POST an image to /predict as multipart part `image`."""

import os
import sys
from pathlib import Path

import litserve
import numpy as np
import openvino
import torchvision
from PIL import Image

PREPROCESS = torchvision.models.ResNet50_Weights.IMAGENET1K_V1.transforms()


class ResNet(litserve.LitAPI):
    def setup(self, device):
        self.core = openvino.Core()
        self.model = self.core.compile_model(
            self.core.read_model(Path(sys.argv[1]) / "resnet50-int8.xml"), "CPU",
            {"INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0)), "NUM_STREAMS": 1})

    def decode_request(self, request):
        return PREPROCESS(Image.open(request["image"].file).convert("RGB")).numpy()

    def batch(self, inputs):
        return np.stack(inputs)

    def predict(self, x):
        return self.model(x if x.ndim == 4 else x[None])[0]

    def unbatch(self, output):
        return list(output)

    def encode_response(self, output):
        output = np.atleast_2d(output)[0]
        best = np.argsort(output)[::-1][:5]
        return {"classes": [{"index": int(i), "logit": float(output[i])} for i in best]}


if __name__ == "__main__":
    api = ResNet(max_batch_size=8, batch_timeout=0.005)
    litserve.LitServer(api, accelerator="cpu").run(
        port=int(sys.argv[2]) if len(sys.argv) > 2 else 8001, generate_client_file=False)
