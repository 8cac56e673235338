"""What schemathesis cannot know: what an image is, and which model there is."""

import base64
import io
import json
import os
import pathlib
import zipfile

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

IMAGES = pathlib.Path(os.environ["TEST_IMAGES"])
REAL = [(IMAGES / name).read_bytes() for name in ("gray.jpg", "bilevel.png", "lossy.webp")]

images = st.one_of(
    st.sampled_from(REAL),
    st.sampled_from(REAL).map(lambda image: image[: len(image) // 2]),
    st.binary(max_size=64),
)
schemathesis.openapi.format("binary", images)
schemathesis.openapi.format("byte", images.map(lambda image: base64.b64encode(image).decode()))
schemathesis.openapi.media_type("image/*", images)
schemathesis.openapi.media_type("application/octet-stream", images)


def archive(members):
    """A zip of two classes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for index, member in enumerate(members):
            file.writestr(f"class{index % 2}/{index}.jpg", member)
    return packed.getvalue()


archives = st.one_of(st.lists(images, max_size=4).map(archive), st.binary(max_size=64))
schemathesis.openapi.media_type("application/zip", archives)
schemathesis.openapi.media_type("application/x-tar", archives)


@schemathesis.serializer("application/x-ndjson")
def lines(ctx, value):
    return value if isinstance(value, bytes) else (json.dumps(value) + "\n").encode()


@schemathesis.deserializer("application/x-ndjson")
def line(ctx, response):
    """The answer to the one line that is sent."""
    (answer,) = response.content.decode().splitlines()
    return json.loads(answer)


@schemathesis.hook
def map_case(ctx, case):
    """Forms take parts of any name, and streams any line: what is wrong gets its problem in its place,
    in an answer that is 200. So such a body need not be refused; every other check is on."""
    placed = case.media_type in ("multipart/form-data", "application/x-ndjson")
    if placed and case.method == "POST" and case.meta:
        case.meta.generation.mode = GenerationMode.POSITIVE
    return case


def known(parameters, name, value):
    """Names what there is in every second request that names something."""
    given = (parameters or {}).get(name)
    if isinstance(given, str) and len(given) % 2 == 0:
        parameters[name] = value
    return parameters


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    return known(known(path_parameters, "name", "net"), "version", "1")


@schemathesis.hook
def map_query(ctx, query):
    return known(known(query, "model", "net"), "version", "1")
