"""One engine's rate, again and again: python engines.py DIR ENGINE PRECISION BATCH THREADS SECONDS.

DIR is what export.py wrote, ENGINE is onnxruntime or openvino. Prints "ready", and then for every
line of standard input runs for so many seconds and prints images a second.
"""

import sys
import time
from pathlib import Path

import numpy as np

directory, engine, precision = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
batch, threads, seconds = int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
name = "resnet50-int8" if precision == "int8" else "resnet50"

if engine == "onnxruntime":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        str(directory / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])

    def run(x):
        return session.run(None, {"x": x})
else:
    import openvino

    core = openvino.Core()
    model = core.read_model(directory / f"{name}.xml")
    model.reshape([batch, 3, 224, 224])
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32"})
    request = compiled.create_infer_request()

    def run(x):
        return request.infer({0: x})

x = np.random.default_rng(1).standard_normal((batch, 3, 224, 224), dtype=np.float32)
run(x)
print("ready", flush=True)
for _ in sys.stdin:
    for _ in range(3):
        run(x)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run(x)
        count += batch
    print(f"{engine} {precision} {count / (time.perf_counter() - start):.2f}", flush=True)
