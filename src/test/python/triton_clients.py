"""Talks to a running service as Triton's clients do; fails where an answer is not as /classify's.

usage: triton_clients.py HTTP_PORT GRPC_PORT MODEL IMAGE
"""

import base64
import json
import sys
import urllib.request

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.http as http

http_port, grpc_port, model, image_path = sys.argv[1:]
with open(image_path, "rb") as file:
    image = file.read()
with urllib.request.urlopen(
    f"http://localhost:{http_port}/classify?logits=true&model={model}", data=image
) as answer:
    expected = np.array(json.load(answer)["results"][0]["logits"], dtype=np.float32)


def infer(client, protocol, name, datatype, array, **binary):
    tensor = protocol.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, **binary)
    outputs = ["logits", "probabilities", "features"]
    wanted = [
        protocol.InferRequestedOutput(output, **({"binary_data": False} if binary else {}))
        for output in outputs
    ]
    return client.infer(model, [tensor], outputs=wanted)


def check(what, result):
    logits = result.as_numpy("logits")
    assert logits.shape == (1, len(expected)), logits.shape
    worst = float(np.abs(logits[0] - expected).max())
    assert worst <= 1e-5, (what, worst)
    assert abs(float(result.as_numpy("probabilities").sum()) - 1) < 1e-5
    print(f"{what}: logits differ by {worst:.1e} at most")


encoded = np.array([image], dtype=np.object_)
over_http = http.InferenceServerClient(f"localhost:{http_port}")
over_grpc = grpc.InferenceServerClient(f"localhost:{grpc_port}")
metadata = over_http.get_model_metadata(model)
side = metadata["inputs"][1]["shape"][2]
numbers = np.random.default_rng(1).standard_normal((2, 3, side, side)).astype(np.float32)

for client in (over_http, over_grpc):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
assert over_grpc.get_model_metadata(model).inputs[1].shape[2] == side
assert over_http.get_server_metadata()["name"] == over_grpc.get_server_metadata().name

check("HTTP, binary", infer(over_http, http, "image", "BYTES", encoded))
text = np.array([base64.b64encode(image)], dtype=np.object_)
check("HTTP, JSON", infer(over_http, http, "image", "BYTES", text, binary_data=False))
check("gRPC", infer(over_grpc, grpc, "image", "BYTES", encoded))

by_http = infer(over_http, http, "input", "FP32", numbers).as_numpy("logits")
by_json = infer(over_http, http, "input", "FP32", numbers, binary_data=False).as_numpy("logits")
by_grpc = infer(over_grpc, grpc, "input", "FP32", numbers).as_numpy("logits")
assert by_http.shape == (2, len(expected))
assert np.abs(by_http - by_grpc).max() <= 1e-5 and np.abs(by_http - by_json).max() <= 1e-5
assert np.abs(by_http[0] - by_http[1]).max() > 0
print("input: the same over HTTP, JSON and gRPC")

best = over_grpc.infer(
    model,
    [grpc.InferInput("image", [1], "BYTES").set_data_from_numpy(encoded)],
    outputs=[grpc.InferRequestedOutput("probabilities", class_count=1)],
).as_numpy("probabilities")
assert int(best[0][0].decode().split(":")[1]) == int(expected.argmax()), best

try:
    over_grpc.get_model_metadata("none")
    sys.exit("a model that is not there was described")
except grpc.InferenceServerException as e:
    assert e.status() == "StatusCode.NOT_FOUND", e.status()

config = over_http.get_model_config(model)
wired = over_grpc.get_model_config(model).config
assert config["max_batch_size"] == wired.max_batch_size > 1
assert [part["name"] for part in config["input"]] == [part.name for part in wired.input]
assert config["input"][1]["dims"] == list(wired.input[1].dims) == [3, side, side]
for view, name in ((model + ".tensor", "input"), (model + ".image", "image")):
    assert [part["name"] for part in over_http.get_model_config(view)["input"]] == [name]
    assert over_grpc.get_model_metadata(view).outputs[0].name == "probabilities"
    assert over_http.get_inference_statistics(view)["model_stats"][0]["name"] == view
tensor = http.InferInput("image", [1], "BYTES")
tensor.set_data_from_numpy(encoded)
compressed = over_http.infer(
    model + ".image", [tensor], request_compression_algorithm="gzip", response_compression_algorithm="gzip")
assert compressed.as_numpy("probabilities").shape == (1, len(expected))
stats = over_grpc.get_inference_statistics(model).model_stats[0]
assert stats.inference_stats.success.count >= 5 and stats.inference_count >= stats.execution_count > 0
assert over_http.get_model_repository_index()[0]["state"] == "READY"
assert over_grpc.get_model_repository_index().models[0].state == "READY"
print("configuration, views, statistics and index agree")
print("all clients passed")
