"""Talks to a running service as Triton's clients do; fails where an answer is not as /classify's.

usage: triton_clients.py HTTP_PORT GRPC_PORT MODEL IMAGE ADMIN_HEADER_FILE
"""

import base64
import json
import queue
import sys
import urllib.request

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.http as http

http_port, grpc_port, model, image_path, admin_path = sys.argv[1:]
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

halves = numbers.astype(np.float16)
widened = infer(over_http, http, "input", "FP32", halves.astype(np.float32)).as_numpy("logits")
for client, protocol in ((over_http, http), (over_grpc, grpc)):
    by_half = infer(client, protocol, "input", "FP16", halves).as_numpy("logits")
    assert np.abs(by_half - widened).max() <= 1e-5, np.abs(by_half - widened).max()
with urllib.request.urlopen(f"http://localhost:{http_port}/models/{model}") as answer:
    seen = json.load(answer)["versions"][0]["input"]
pixels = np.random.default_rng(2).integers(0, 256, (2, 3, side, side), dtype=np.uint8)
mean, std = (np.array(seen[name], np.float32).reshape(1, 3, 1, 1) for name in ("mean", "std"))
standardised = ((pixels / 255 - mean) / std).astype(np.float32)
wanted = infer(over_http, http, "input", "FP32", standardised).as_numpy("logits")
for by_pixels in (
    infer(over_http, http, "input", "UINT8", pixels),
    infer(over_http, http, "input", "UINT8", pixels, binary_data=False),
    infer(over_grpc, grpc, "input", "UINT8", pixels),
):
    worst = float(np.abs(by_pixels.as_numpy("logits") - wanted).max())
    assert worst <= 1e-3, worst
print("FP16 and UINT8 are what FP32 is")

for view, body, count in ((model, image, 1), (model + ".tensor", numbers.tobytes(), 2)):
    bare = urllib.request.Request(
        f"http://localhost:{http_port}/v2/models/{view}/infer",
        data=body,
        headers={
            "Inference-Header-Content-Length": "0",
            "Content-Type": "application/octet-stream",
        },
    )
    with urllib.request.urlopen(bare) as answer:
        length = int(answer.headers["Inference-Header-Content-Length"])
        content = answer.read()
    first = json.loads(content[:length])["outputs"][0]
    assert first["name"] == "logits" and first["shape"] == [count, len(expected)], first
    got = np.frombuffer(content, np.float32, count * len(expected), length)
    assert np.abs(got[: len(expected)] - (expected if count == 1 else by_http[0])).max() <= 1e-5
print("a body may be an input alone")

answers = queue.Queue()
over_grpc.start_stream(callback=lambda result, error: answers.put((result, error)))
good = grpc.InferInput("image", [1], "BYTES").set_data_from_numpy(encoded)
bad = grpc.InferInput("image", [1], "BYTES").set_data_from_numpy(np.array([b"?"], np.object_))
for number, tensor in enumerate((good, bad, good)):
    over_grpc.async_stream_infer(model, [tensor], request_id=str(number))
first, second, third = (answers.get(timeout=30) for _ in range(3))
over_grpc.stop_stream()
check("gRPC, streamed", first[0])
assert second[0] is None and "image format" in str(second[1]), second
check("gRPC, streamed after an error", third[0])
assert third[0].get_response().id == "2"

with open(admin_path) as file:
    key = dict([file.read().strip().split(": ", 1)])
for client, name in ((over_http, "Authorization"), (over_grpc, "authorization")):
    headers = {name: key["Authorization"]}
    for call in (client.load_model, client.unload_model):
        try:
            call(model)
            sys.exit("a model was administered without the key")
        except Exception as e:
            assert "admin key" in str(e), e
    client.unload_model(model, headers=headers)
    assert not (client is over_http and client.is_model_ready(model))
    client.load_model(model, headers=headers)
    assert client.is_model_ready(model)
    try:
        client.load_model("wrong_model_name", headers=headers)
        sys.exit("a model that is not there was loaded")
    except Exception as e:
        assert "failed to load" in str(e), e
    try:
        client.load_model(model, headers=headers, config='{"max_batch_size": 16}')
        sys.exit("a configuration was taken")
    except Exception as e:
        assert "failed to load" in str(e) and "config" in str(e), e
check("HTTP after a new load", infer(over_http, http, "image", "BYTES", encoded))
print("models are unloaded and loaded with the key alone")
print("all clients passed")
