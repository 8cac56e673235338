"""Makes the fixtures in this folder: small AVIF, HEIC and JPEG XL images, and what Pillow makes of them.

Usage: make.py      (writes beside itself; needs pillow 13.0.0, pillow-heif 1.8.1, pillow-jxl-plugin
                     1.3.8 and numpy, and Debian 12's libavif-bin, libheif-examples and libjxl-tools)

  <image>           the encoded image, 20 x 14 or so
  <image>.rgb.png   the same decoded, upright, on white
"""
import io, os, struct, subprocess, tempfile, zlib
import numpy as np
import pillow_heif, pillow_jxl  # the plugins register themselves
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()
HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 20, 14
rng = np.random.default_rng(11)


def image(w=W, h=H):
    """Smooth colours with an edge and some noise."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([255 * x / w, 255 * y / h, 128 + 127 * np.sin(x / 3 + y / 4)], -1)
    a[h // 3 : h // 2, w // 4 : w // 2] = (250, 20, 40)
    return np.clip(a + rng.normal(0, 1, a.shape), 0, 255).astype('u1')


def decode(data, crop=None):
    """crop: of the stored image, where Pillow ignores it."""
    im = Image.open(io.BytesIO(data))
    im.load()
    orientation = im.getexif().get(0x0112, 1)
    if crop:
        im = im.crop(crop)
        exif = Image.Exif(); exif[0x0112] = orientation
        im.info['exif'] = exif.tobytes()
        im.getexif()[0x0112] = orientation
    im = ImageOps.exif_transpose(im)
    if im.mode == 'I;16':  # pillow-heif's gray of more than eight bits
        im = Image.fromarray((np.asarray(im) >> 8).astype('u1'))
    if im.mode in ('RGBA', 'LA', 'PA', 'RGBa'):
        im = im.convert('RGBA')
        im = Image.alpha_composite(Image.new('RGBA', im.size, (255, 255, 255, 255)), im)
    return np.asarray(im.convert('RGB'))


def put(name, data, expected=None):
    open(f'{HERE}/{name}', 'wb').write(data)
    Image.fromarray(decode(data) if expected is None else expected).save(f'{HERE}/{name}.rgb.png', optimize=True)


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def made(suffix, *command):
    """What a program writes into the file that takes the place of OUT."""
    out = f'{tmp}/out{suffix}'
    run(*[out if word == 'OUT' else word for word in command])
    return open(out, 'rb').read()


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png16(a):
    """(height, width, 3 or 4) of uint16."""
    h, w, n = a.shape
    rows = b''.join(b'\0' + r.astype('>u2').tobytes() for r in a)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 16, {1: 0, 3: 2, 4: 6}[n], 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


# Boxes of ISO base media files (ISO/IEC 14496-12), and HEIF's (ISO/IEC 23008-12).

def box(kind, *content):
    content = b''.join(content)
    return struct.pack('>I', 8 + len(content)) + kind + content


def full(kind, version, flags, *content):
    return box(kind, struct.pack('>I', version << 24 | flags), *content)


def boxes(data):
    at = 0
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        yield kind, data[at + 8:at + size]
        at += size


def child(data, *path):
    for kind in path:
        data = dict(boxes(data))[kind]
        if kind == b'meta':
            data = data[4:]
    return data


def hevc(encoded):
    """Configuration and coded data of a HEIC with one image, as heif-enc writes it."""
    iloc = child(encoded, b'meta', b'iloc')
    version, sizes, more = iloc[0], iloc[4], iloc[5]
    assert sizes == 0x44 and version in (0, 1), (version, hex(sizes))
    at = 8 + 2 + (2 if version == 1 else 0) + 2  # item, construction method, data reference
    base = int.from_bytes(iloc[at:at + (more >> 4)])
    count, offset, length = struct.unpack('>HII', iloc[at + (more >> 4):at + (more >> 4) + 10])
    assert count == 1
    return child(encoded, b'meta', b'iprp', b'ipco', b'hvcC'), encoded[base + offset:base + offset + length]


def heif(items, brand=b'heic', brands=(b'mif1', b'heic'), exif=None):
    """items: (type, data, [(property box, essential)], ids that a grid consists of); the first is primary."""
    items = list(items)
    if exif:
        items.append((b'Exif', exif, [], [1]))
    properties, associations = [], b''
    for i, (kind, data, of_item, _) in enumerate(items):
        entries = b''
        for prop, essential in of_item:
            if prop not in properties:
                properties.append(prop)
            entries += bytes([properties.index(prop) + 1 | (0x80 if essential else 0)])
        associations += struct.pack('>HB', i + 1, len(of_item)) + entries
    infos = [full(b'infe', 2, 1 if i and kind != b'Exif' else 0, struct.pack('>HH', i + 1, 0), kind, b'\0')
             for i, (kind, *_ ) in enumerate(items)]
    references = [box(b'cdsc' if kind == b'Exif' else b'dimg', struct.pack('>HH', i + 1, len(to)),
                      b''.join(struct.pack('>H', j) for j in to))
                  for i, (kind, _, _, to) in enumerate(items) if to]

    def file(start):
        at, places = start, b''
        for i, (_, data, _, _) in enumerate(items):
            places += struct.pack('>HHHII', i + 1, 0, 1, at, len(data))
            at += len(data)
        meta = full(b'meta', 0, 0,
                    full(b'hdlr', 0, 0, struct.pack('>I4sIII', 0, b'pict', 0, 0, 0), b'\0'),
                    full(b'pitm', 0, 0, struct.pack('>H', 1)),
                    full(b'iinf', 0, 0, struct.pack('>H', len(items)), *infos),
                    full(b'iref', 0, 0, *references) if references else b'',
                    box(b'iprp', box(b'ipco', *properties),
                        full(b'ipma', 0, 0, struct.pack('>I', len(items)), associations)),
                    full(b'iloc', 0, 0, b'\x44\x00', struct.pack('>H', len(items)), places))
        return (box(b'ftyp', brand, b'\0\0\0\0', *brands) + meta
                + box(b'mdat', *[data for _, data, _, _ in items]))

    whole = file(0)
    return file(len(whole) - sum(len(data) for _, data, _, _ in items))


def ispe(w, h):
    return full(b'ispe', 0, 0, struct.pack('>II', w, h))


def clap(x, y, w, h, width, height):
    return box(b'clap', struct.pack('>IIIIiIiI', w, 1, h, 1, 2 * x + w - width, 2, 2 * y + h - height, 2))


def irot(quarters):
    return box(b'irot', bytes([quarters]))


def imir(axis):
    return box(b'imir', bytes([axis]))


def orientation_exif(value):
    exif = Image.Exif(); exif[0x0112] = value
    return exif.tobytes()


with tempfile.TemporaryDirectory() as tmp:
    a = image()
    rgb = Image.fromarray(a); rgb.save(f'{tmp}/rgb.png')
    rgba = rgb.copy(); rgba.putalpha(Image.fromarray(np.linspace(0, 255, W)[None].repeat(H, 0).astype('u1')))
    rgba.save(f'{tmp}/rgba.png')
    a16 = a.astype('u2') * 257 ^ rng.integers(0, 256, a.shape).astype('u2')
    open(f'{tmp}/rgb16.png', 'wb').write(png16(a16))
    alpha16 = np.linspace(0, 65535, W)[None, :, None].repeat(H, 0).astype('u2')
    open(f'{tmp}/rgba16.png', 'wb').write(png16(np.concatenate([a16, alpha16], -1)))

    def avif(name, source, *options, crop=None):
        data = made('.avif', 'avifenc', '-s', 6, '--min', 10, '--max', 10, '--minalpha', 0, '--maxalpha', 0,
                    *options, f'{tmp}/{source}.png', 'OUT')
        put(name + '.avif', data, decode(data, crop))

    for sampling in (444, 422, 420, 400):
        avif(f'full{sampling}', 'rgb', '-y', sampling)
    avif('limited420', 'rgb', '-y', 420, '-r', 'limited')
    avif('limited444', 'rgb', '-y', 444, '-r', 'limited')
    avif('bits10-420', 'rgb16', '-y', 420, '-d', 10)
    avif('bits10-444-limited', 'rgb16', '-y', 444, '-d', 10, '-r', 'limited')
    avif('bits10-400', 'rgb16', '-y', 400, '-d', 10)
    avif('bits12-422', 'rgb16', '-y', 422, '-d', 12)
    avif('bits12-444', 'rgb16', '-y', 444, '-d', 12)
    avif('identity', 'rgb', '-y', 444, '--cicp', '1/13/0')
    avif('identity10', 'rgb16', '-y', 444, '-d', 10, '--cicp', '1/13/0')
    avif('bt709', 'rgb', '-y', 420, '--cicp', '1/13/1')
    avif('bt2020-10', 'rgb16', '-y', 420, '-d', 10, '--cicp', '9/16/9')
    avif('ycgco', 'rgb', '-y', 444, '--cicp', '1/13/8')
    avif('derived10', 'rgb16', '-y', 444, '-d', 10, '--cicp', '12/13/12')
    avif('alpha', 'rgba', '-y', 420)
    avif('alpha-premultiplied', 'rgba', '-y', 444, '-p')
    avif('alpha10', 'rgba16', '-y', 444, '-d', 10)
    avif('alpha12-422', 'rgba16', '-y', 422, '-d', 12)
    avif('alpha12-premultiplied', 'rgba16', '-y', 444, '-d', 12, '-p')
    avif('alpha10-400', 'rgba16', '-y', 400, '-d', 10)
    for angle in (1, 2, 3):
        avif(f'irot{angle}', 'rgb', '-y', 420, '--irot', angle)
    for axis in (0, 1):
        avif(f'imir{axis}', 'rgb', '-y', 420, '--imir', axis)
        for angle in (1, 2, 3):
            avif(f'irot{angle}-imir{axis}', 'rgb', '-y', 420, '--irot', angle, '--imir', axis)
    # Pillow ignores clap, so the stored image is cropped here.
    avif('clap', 'rgb', '-y', 444, '--crop', '4,2,10,6', crop=(4, 2, 14, 8))
    avif('clap-irot', 'rgb', '-y', 420, '--crop', '4,2,10,6', '--irot', 1, crop=(4, 2, 14, 8))
    open(f'{tmp}/exif', 'wb').write(orientation_exif(6)[6:])
    # Its own boxes say that it is upright; Pillow believes them.
    data = made('.avif', 'avifenc', '-s', 6, '--exif', f'{tmp}/exif', f'{tmp}/rgb.png', 'OUT')
    turned = data.index(b'irot') + 4
    put('exif6.avif', data[:turned] + b'\0' + data[turned + 1:])
    rgb.rotate(180).save(f'{tmp}/second.png')
    put('animated.avif', made('.avif', 'avifenc', '-s', 6, '-y', '420', f'{tmp}/rgb.png', f'{tmp}/second.png', 'OUT'))
    Image.fromarray(np.linspace(0, 255, 128)[None, :, None].repeat(64, 0).repeat(3, 2).astype('u1')).save(f'{tmp}/wide.png')
    put('grid.avif', made('.avif', 'avifenc', '-s', 6, '-y', '420', '-g', '2x1', f'{tmp}/wide.png', 'OUT'))

    def heic(source, *options):
        return made('.heic', 'heif-enc', '-q', 80, *options, f'{tmp}/{source}.png', '-o', 'OUT')


    for sampling in (420, 422, 444):
        put(f'chroma{sampling}.heic', heic('rgb', '-p', f'chroma={sampling}'))
    put('limited.heic', heic('rgb', '--full_range_flag', 0))
    rgb.convert('L').save(f'{tmp}/gray.png')
    put('gray.heic', heic('gray'))
    put('bits10.heic', heic('rgb16', '-b', 10))
    put('bits12.heic', heic('rgb16', '-b', 12))
    put('alpha.heic', heic('rgba'))
    put('alpha-premultiplied.heic', heic('rgba', '--premultiplied-alpha'))

    # The encoder pads to 64 x 64, and a grid of one tile cuts that to size.
    config, coded = hevc(heic('rgb'))
    tile = (b'hvc1', coded, [(box(b'hvcC', config), True), (ispe(64, 64), False)], [])
    one = struct.pack('>BBBBHH', 0, 0, 0, 0, W, H)

    def turned(name, *transforms, exif=None):
        properties = [(ispe(W, H), False)] + [(transform, True) for transform in transforms]
        put(name + '.heic', heif([(b'grid', one, properties, [2]), tile], exif=exif))

    for angle in (1, 2, 3):
        turned(f'irot{angle}', irot(angle))
    for axis in (0, 1):
        turned(f'imir{axis}', imir(axis))
    turned('irot1-imir1', irot(1), imir(1))
    turned('clap', clap(4, 2, 10, 6, W, H))
    turned('clap-irot1', clap(4, 2, 10, 6, W, H), irot(1))
    exif = struct.pack('>I', 0) + orientation_exif(6)[6:]
    turned('exif6', exif=exif)
    turned('irot3-exif6', irot(3), exif=exif)

    tiles = []
    for i in range(2):
        Image.fromarray(np.roll(np.kron(image(16, 16), np.ones((4, 4, 1), 'u1')), 20 * i, 2)).save(f'{tmp}/tile.png')
        tiles.append(hevc(heic('tile')))
    assert len({config for config, _ in tiles}) == 1
    grid = struct.pack('>BBBBHH', 0, 0, 0, 1, 70, 20)
    parts = [(b'hvc1', data, [(box(b'hvcC', config), True), (ispe(64, 64), False)], []) for config, data in tiles]
    put('grid.heic', heif([(b'grid', grid, [(ispe(70, 20), False), (irot(3), True)], [2, 3])] + parts))

    def jxl(name, source, *options, expected=None):
        put(name + '.jxl', made('.jxl', 'cjxl', f'{tmp}/{source}', 'OUT', '-e', 4, *options), expected)

    jxl('lossy', 'rgb.png', '-d', 1)
    jxl('lossless', 'rgb.png', '-d', 0)
    jxl('container', 'rgb.png', '-d', 0, '--container=1')
    jxl('gray', 'gray.png', '-d', 0)
    jxl('bits16', 'rgb16.png', '-d', 0)
    jxl('alpha', 'rgba.png', '-d', 0)
    jxl('alpha-lossy', 'rgba.png', '-d', 1)
    for orientation in (2, 6, 7, 8):
        rgb.save(f'{tmp}/turned.jpg', quality=90, exif=orientation_exif(orientation))
        jxl(f'oriented{orientation}', 'turned.jpg', '-d', 1, '-j', 0)
    rgb.save(f'{tmp}/plain.jpg', quality=90)
    jxl('transcoded', 'plain.jpg')
    rgb.save(f'{tmp}/animated.png', save_all=True, append_images=[rgb.rotate(180)], duration=100)
    jxl('animated', 'animated.png', '-d', 0, expected=a)  # the plugin gives the last frame

print(sum(os.path.getsize(f'{HERE}/{name}') for name in os.listdir(HERE)), 'bytes')
