"""Makes the fixtures in this folder: small images in every form, and what Pillow makes of them.

Usage: make.py      (needs pillow 13.0.0 and numpy; writes beside itself)

  <image>                 the encoded image, 27 x 21 or so
  <image>.npy             uint8 (height, width, 3): decoded, upright, on white
  <image>.on-3366cc.npy   the same on that colour, where the image is transparent
  resize-*.npy              uint8: Pillow's resize of rgb.png with centre crop, see below
  tencrop.npy               uint8 (10, 12, 12, 3): rgb.png, short edge 20, ten crops of 12
"""
import io, os, struct, zlib
import numpy as np
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 27, 21
rng = np.random.default_rng(7)


def image(w=W, h=H):
    """Smooth colours with an edge and some noise: neither trivial to compress nor to resize."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([255 * x / w, 255 * y / h, 128 + 127 * np.sin(x / 3 + y / 4)], -1)
    a[h // 3 : h // 2, w // 4 : w // 2] = (250, 20, 40)
    return np.clip(a + rng.normal(0, 6, a.shape), 0, 255).astype('u1')


def decode(data, background=(255, 255, 255)):
    im = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if im.mode in ('RGBA', 'LA', 'PA') or 'transparency' in im.info:
        im = im.convert('RGBA')
        im = Image.alpha_composite(Image.new('RGBA', im.size, background + (255,)), im)
    return np.asarray(im.convert('RGB'))


def put(name, data, expected=None):
    open(f'{HERE}/{name}', 'wb').write(data)
    np.save(f'{HERE}/{name}.npy', np.ascontiguousarray(decode(data) if expected is None else expected))
    coloured = decode(data, (0x33, 0x66, 0xCC))
    if expected is None and not np.array_equal(coloured, decode(data)):
        np.save(f'{HERE}/{name}.on-3366cc.npy', np.ascontiguousarray(coloured))


def save(name, im, format=None, **options):
    out = io.BytesIO()
    im.save(out, format or name.rsplit('.', 1)[1].replace('jpg', 'jpeg').replace('tif', 'tiff'), **options)
    put(name, out.getvalue())


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(rows, w, h, depth, color, interlace=0, extra=b''):
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, color, 0, 0, interlace))
            + extra + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


a = image()
rgb = Image.fromarray(a)
alpha = Image.fromarray(np.linspace(0, 255, W)[None].repeat(H, 0).astype('u1'))
rgba = rgb.copy(); rgba.putalpha(alpha)
palette = rgb.quantize(16)
exif = Image.Exif(); exif[0x0112] = 6

save('rgb.png', rgb)
save('alpha.png', rgba)
la = rgb.convert('L').convert('LA'); la.putalpha(alpha); save('gray-alpha.png', la)
save('palette4.png', palette, bits=4, transparency=bytes([255, 0, 100, 200]))
save('gray-keyed.png', rgb.convert('L').point(lambda v: v // 32 * 32), transparency=96)
save('bilevel.png', rgb.convert('1'))
save('oriented.png', rgb, exif=exif)
keyed = a.copy(); keyed[3:9, 4:12] = (10, 20, 30)
save('rgb-keyed.png', Image.fromarray(keyed), transparency=(10, 20, 30))
a16 = a.astype('u2') * 256 + 77
put('rgb16.png', png(b''.join(b'\0' + r.astype('>u2').tobytes() for r in a16), W, H, 16, 2), a)
gray2 = (a[..., 0] >> 6).astype('u1')
def bits2(row):
    row = np.pad(row, (0, -len(row) % 4)).reshape(-1, 4)
    return bytes((row @ np.array([64, 16, 4, 1])).astype('u1'))
put('gray2.png', png(b''.join(b'\0' + bits2(r) for r in gray2), W, H, 2, 0))
adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
put('interlaced.png', png(b''.join(b'\0' + r.tobytes() for x, y, dx, dy in adam7 for r in a[y::dy, x::dx]), W, H, 8, 2, 1))
put('interlaced-gray2.png', png(b''.join(b'\0' + bits2(r) for x, y, dx, dy in adam7 for r in gray2[y::dy, x::dx]), W, H, 2, 0, 1))

save('baseline.jpg', rgb, quality=90)
save('subsampled.jpg', rgb, quality=80, subsampling=2)
save('progressive.jpg', rgb, quality=85, progressive=True)
save('gray.jpg', rgb.convert('L'), quality=90)
save('cmyk.jpg', rgb.convert('CMYK'), quality=90)
save('restarts.jpg', rgb, quality=85, restart_marker_blocks=1)
for orientation in range(1, 9):
    turned = Image.Exif(); turned[0x0112] = orientation
    save(f'exif{orientation}.jpg', rgb, quality=75, exif=turned)

save('plain.gif', palette)
save('interlaced.gif', palette, interlace=1)
save('transparent.gif', palette, transparency=2)
save('animated.gif', palette, save_all=True, append_images=[rgb.rotate(180).quantize(16)])

save('rgb.bmp', rgb)
save('palette.bmp', palette)
save('gray.bmp', rgb.convert('L'))

save('lossy.webp', rgb, quality=80)
save('lossless.webp', rgb, lossless=True)
save('alpha.webp', rgba, lossless=True, exact=True)
save('lossy-alpha.webp', rgba, quality=80)
save('oriented.webp', rgb, lossless=True, exif=exif)
save('animated.webp', rgb, lossless=True, save_all=True, append_images=[rgb.rotate(180)])

save('lzw.tif', rgb, compression='tiff_lzw')
save('deflate.tif', rgb, compression='tiff_adobe_deflate')
save('gray.tif', rgb.convert('L'))
save('bilevel.tif', rgb.convert('1'), compression='group4')
save('palette.tif', palette)
save('alpha.tif', rgba)
save('cmyk.tif', rgb.convert('CMYK'))
save('oriented.tif', rgb, tiffinfo={0x0112: 6})

def crop(im, resize, size, kernel):
    w, h = im.size
    size2 = (resize, int(resize * h / w)) if w <= h else (int(resize * w / h), resize)
    im = im.resize(size2, kernel)
    left, top = round((im.width - size) / 2.0), round((im.height - size) / 2.0)
    return im, np.asarray(im.crop((left, top, left + size, top + size)))

for name, kernel in (('bilinear', Image.BILINEAR), ('bicubic', Image.BICUBIC)):
    for resize, size in ((12, 9), (16, 16), (21, 20), (32, 27)):
        np.save(f'{HERE}/resize-{name}-{resize}-{size}.npy', crop(rgb, resize, size, kernel)[1])
im, _ = crop(rgb, 20, 12, Image.BILINEAR)
ten = []
for v in (im, im.transpose(Image.FLIP_LEFT_RIGHT)):
    w, h = v.size
    cx, cy = round((w - 12) / 2.0), round((h - 12) / 2.0)
    ten += [np.asarray(v.crop((x, y, x + 12, y + 12))) for x, y in
            ((0, 0), (w - 12, 0), (0, h - 12), (w - 12, h - 12), (cx, cy))]
np.save(f'{HERE}/tencrop.npy', np.stack(ten))
