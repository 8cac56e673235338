"""Images a second of ONNX Runtime and OpenVINO: python engines.py DIR [BATCH,… [SECONDS [THREADS]]].

DIR is what export.py wrote. Prints one line each: batch, engine, precision, rate.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import openvino

directory = Path(sys.argv[1])
batches = [int(b) for b in (sys.argv[2] if len(sys.argv) > 2 else "1,8").split(",")]
seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 2.0
threads = int(sys.argv[4]) if len(sys.argv) > 4 else len(os.sched_getaffinity(0))


def onnx(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        str(directory / name), options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})


def vino(name, batch, hint):
    core = openvino.Core()
    model = core.read_model(directory / name)
    model.reshape([batch, 3, 224, 224])
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": hint})
    request = compiled.create_infer_request()
    return lambda x: request.infer({0: x})


def rate(run, batch):
    x = np.random.default_rng(1).standard_normal((batch, 3, 224, 224), dtype=np.float32)
    for _ in range(3):
        run(x)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        run(x)
        count += batch
    return count / (time.perf_counter() - start)


for batch in batches:
    for engine, precision, run in [
            ("onnxruntime", "fp32", onnx("resnet50.onnx")),
            ("onnxruntime", "int8", onnx("resnet50-int8.onnx")),
            ("openvino", "fp32", vino("resnet50.xml", batch, "f32")),
            ("openvino", "bf16", vino("resnet50.xml", batch, "bf16")),
            ("openvino", "int8", vino("resnet50-int8.xml", batch, "f32"))]:
        print(f"{batch:6d}  {engine + ' ' + precision:18s} {rate(run, batch):10.1f}", flush=True)
