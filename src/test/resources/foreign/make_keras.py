"""Writes the Keras fixtures of this folder (keras 3.15 on torch 2.15, h5py 3.16): python make_keras.py

Weights are by formula; the network is Keras Applications' own code with fewer channels. Logits are those of Keras in
float32, before the softmax. old-names.h5 and theano.h5 are the layouts of Keras before 2019 and of Keras 1 with Theano.
"""
import os
os.environ["KERAS_BACKEND"] = "torch"
import h5py, keras, numpy as np
from keras.src.applications import resnet
from keras.src.legacy.saving import legacy_h5_format
from common import OUT, image, keep, value

plain = resnet.layers


class Narrow:
    def __getattr__(self, name):
        return getattr(plain, name)

    def Conv2D(self, filters, kernel, **more):
        return plain.Conv2D(8 if kernel == 7 else filters, kernel, **more)


keras.config.disable_traceback_filtering()
real = resnet.layers
resnet.layers = Narrow()


def network(preact=False, classes=5, **more):
    stack = resnet.stack_residual_blocks_v2 if preact else resnet.stack_residual_blocks_v1
    net = resnet.ResNet(lambda x: stack(stack(x, 4, 2, stride1=2 if preact else 1, name="conv2"), 6, 1 if not preact else 2, name="conv3"),
                        preact, True, weights=None, input_shape=(224, 224, 3), classes=classes, **more)
    for layer in net.layers:
        roles = {"BatchNormalization": ("scale", "shift", "mean", "variance"), "Conv2D": ("kernel", "bias"),
                 "Dense": ("matrix", "bias")}.get(type(layer).__name__, ())
        arrays = layer.get_weights()
        layer.set_weights([value(f"{layer.name}.{role}", a.shape, role, int(np.prod(a.shape[:-1])))
                           for role, a in zip(roles, arrays)])
    return net


def logits(net, x):
    inner = keras.Model(net.input, net.layers[-2].output)
    kernel, bias = net.layers[-1].get_weights()
    features = inner.predict(x.astype(np.float32), verbose=0).astype(np.float64)
    return features @ kernel + bias


def caffe():
    return image()[None].astype(np.float64)[..., ::-1] - np.array([103.939, 116.779, 123.68])


def imagenet():
    return (image()[None] / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def path(file):
    return os.path.join(OUT, file)


def layers(file, net, name=lambda n: n, keep_array=lambda a: a, backend="tensorflow"):
    """The layout of Keras 1 and 2 without their settings, layers with weights alone."""
    with h5py.File(path(file), "w") as h:
        own = [l for l in net.layers if l.get_weights()]
        h.attrs["layer_names"] = np.array([name(l.name).encode() for l in own])
        if backend:
            h.attrs["backend"] = backend.encode()
        for layer in own:
            group = h.create_group(name(layer.name))
            parts = {4: ("gamma", "beta", "running_mean", "running_std"), 2: ("W", "b")}[len(layer.get_weights())]
            names = [f"{name(layer.name)}_{part}" for part in parts]
            group.attrs["weight_names"] = np.array([n.encode() for n in names])
            for n, array in zip(names, layer.get_weights()):
                group[n] = keep_array(array)


net = network()
answer = logits(net, caffe())
with h5py.File(path("applications.h5"), "w") as h:
    legacy_h5_format.save_weights_to_hdf5_group(h, net)
keep("applications.h5", answer)
net.save(path("archive.keras"))
keep("archive.keras", answer)


def turned(array):  # Theano's convolution turns its kernels
    return array.transpose(3, 2, 0, 1)[:, :, ::-1, ::-1] if array.ndim == 4 else array


layers("theano.h5", net, keep_array=turned, backend=None)
keep("theano.h5", answer)


def old(n):
    if n in ("conv1_conv", "conv1_bn", "predictions"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}[n]
    stage, block, position, kind = n[4:].replace("block", "").split("_")
    branch = "1" if position == "0" else "2" + "abc"[int(position) - 1]
    return f"{'res' if kind == 'conv' else 'bn'}{stage}{'abc'[int(block) - 1]}_branch{branch}"


for layer in net.layers:
    if type(layer).__name__ == "BatchNormalization":
        layer.epsilon = 1e-3
keras.backend.clear_session()
layers("old-names.h5", net, name=lambda n: old(n))
keep("old-names.h5", logits(net, caffe()))

# A model of one's own, saved whole as Keras 2 did, with other names.
renamed = network(classes=3)
for i, layer in enumerate(renamed.layers):
    layer.name = f"layer_{i}"
renamed.save(path("own.h5"))
keep("own.h5", logits(renamed, imagenet()))

# Refused: ResNet V2.
v2 = network(preact=True)
with h5py.File(path("v2.h5"), "w") as h:
    legacy_h5_format.save_weights_to_hdf5_group(h, v2)

# Refused: weights that lie elsewhere, nowhere, or compressed.
for file in ("link-outside.h5", "link-itself.h5", "compressed.h5"):
    with h5py.File(path(file), "w") as h:
        group = h.create_group("conv1_conv")
        group.attrs["weight_names"] = np.array([b"kernel"])
        if file == "link-outside.h5":
            group["kernel"] = h5py.ExternalLink("theano.h5", "/conv1_conv/conv1_conv_W")
        elif file == "link-itself.h5":
            group["kernel"] = h5py.SoftLink("/conv1_conv/kernel")
        else:
            group.create_dataset("kernel", data=np.zeros((7, 7, 3, 8), np.float32), compression="gzip")
for file in sorted(os.listdir(OUT)):
    if file.endswith((".h5", ".keras")):
        print(file, os.path.getsize(path(file)))
