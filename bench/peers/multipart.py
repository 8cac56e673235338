"""Wraps an image as the body of a form: python multipart.py IMAGE BODY [PART].

For servers that take no plain body; `bench http --image BODY --type 'multipart/form-data; boundary=b'`
posts it.
"""

import sys
from pathlib import Path

image, body = map(Path, sys.argv[1:3])
part = sys.argv[3] if len(sys.argv) > 3 else "image"
body.write_bytes(
    f'--b\r\nContent-Disposition: form-data; name="{part}"; filename="{image.name}"\r\n'
    "Content-Type: image/jpeg\r\n\r\n".encode() + image.read_bytes() + b"\r\n--b--\r\n")
