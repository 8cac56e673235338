"""Makes the files in this folder: what people have, in small, and what Pillow makes of it.

Usage: make.py      (needs pillow 13.0.0, numpy, tifffile and imagecodecs; writes beside itself)

  <file>          the encoded image, 16 x 12 or so
  <file>.png      RGB: decoded, upright, on white; absent where the image is to be refused, and of
                  L*a*b* by its definition, because the tables that Pillow's colours go through are
                  off by up to 32
"""
import glob, io, os, struct, zlib
import imagecodecs, numpy as np, tifffile
from PIL import Image, ImageCms, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 16, 12
rng = np.random.default_rng(20)
y, x = np.mgrid[0:H, 0:W]
a = np.stack([255 * x / W, 255 * y / H, 128 + 127 * np.sin(x / 3 + y / 4)], -1)
a[4:6, 4:9] = (250, 20, 40)
a = np.clip(a + rng.normal(0, 6, a.shape), 0, 255).astype('u1')
alpha = np.linspace(0, 255, W)[None].repeat(H, 0).astype('u1')
a16 = (a.astype('u2') << 8) | rng.integers(0, 255, a.shape, dtype='u2')
alpha16 = alpha.astype('u2') * 257
rgb = Image.fromarray(a)
rgba = rgb.copy(); rgba.putalpha(Image.fromarray(alpha))
palette = rgb.quantize(16)
colors = bytes(palette.getpalette()[:48])
index = np.asarray(palette)


def decode(data):
    im = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if im.mode == 'La': im = im.convert('LA')
    if im.mode in ('RGBA', 'LA', 'PA') or 'transparency' in im.info:
        im = im.convert('RGBA')
        im = Image.alpha_composite(Image.new('RGBA', im.size, (255,) * 4), im)
    return np.asarray(im.convert('RGB'))


def put(name, data, expected=True):
    open(f'{HERE}/{name}', 'wb').write(data)
    if expected is not None:
        Image.fromarray(decode(data) if expected is True else expected).save(f'{HERE}/{name}.png', optimize=True)


def save(name, im, format, expected=True, **options):
    out = io.BytesIO(); im.save(out, format, **options); put(name, out.getvalue(), expected)
    return out.getvalue()


def tif(name, array, expected=True, **options):
    out = io.BytesIO(); tifffile.imwrite(out, array, metadata=None, software=False, **options)
    put(name, out.getvalue(), expected)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(name, rows, depth, color, extra=b'', expected=True):
    put(name, b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, depth, color, 0, 0, 0)) + extra
        + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''), expected)


def rows(array):
    return b''.join(b'\0' + row.tobytes() for row in array)


def bits(array, depth):
    out = b''
    for row in array:
        text = ''.join(format(int(v), f'0{depth}b') for v in row)
        text += '0' * (-len(text) % 8)
        out += b'\0' + int(text, 2).to_bytes(len(text) // 8, 'big')
    return out


for old in glob.glob(f'{HERE}/*'):
    if not old.endswith('.py'): os.remove(old)

# JPEG
for subsampling in ('411', '440', '422'):
    put(f's{subsampling}.jpg', imagecodecs.jpeg8_encode(a, level=88, subsampling=subsampling))
large = Image.fromarray(np.tile(a, (4, 4, 1)))
save('restarts.jpg', large, 'JPEG', quality=70, restart_marker_blocks=1, optimize=True)
save('profile.jpg', rgb, 'JPEG', icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes(), quality=60)
save('frames.mpo', rgb, 'MPO', save_all=True, append_images=[rgb.rotate(180)], quality=70)
cmyk = save('adobe-cmyk.jpg', rgb.convert('CMYK'), 'JPEG', quality=90)
i = cmyk.index(b'Adobe')
put('adobe-ycck.jpg', cmyk[:i + 11] + b'\2' + cmyk[i + 12:])
put('cmyk-without-adobe.jpg', cmyk[:i - 4] + cmyk[i + 12:])
put('named-rgb.jpg', imagecodecs.jpeg8_encode(a, level=90, colorspace='RGB', outcolorspace='RGB'))

# PNG
png('gray16.png', rows(a16[..., 0].astype('>u2')), 16, 0, expected=np.repeat(a[..., :1], 3, 2))
png('rgba16.png', rows(np.concatenate([a16, alpha16[..., None]], -1).astype('>u2')), 16, 6)
for depth in (1, 2, 4): png(f'gray{depth}.png', bits(a[..., 0] >> (8 - depth), depth), depth, 0)
png('palette-trns.png', rows(index), 8, 3, chunk(b'PLTE', colors) + chunk(b'tRNS', bytes([255, 0, 100, 200])))
png('gamma.png', rows(a), 8, 2, chunk(b'gAMA', struct.pack('>I', 100000)))
save('animated.png', rgb, 'PNG', save_all=True, append_images=[rgb.rotate(180)])
deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
put('iphone.png', b'\x89PNG\r\n\x1a\n' + chunk(b'CgBI', b'\x50\0\x20\2')
    + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, 8, 6, 0, 0, 0))
    + chunk(b'IDAT', deflate.compress(rows(np.concatenate([a[..., ::-1], alpha[..., None]], -1))) + deflate.flush())
    + chunk(b'IEND', b''), None)

# GIF
plain = save('gif.tmp', palette, 'GIF', None); os.remove(f'{HERE}/gif.tmp')
def lzw(array):
    im = Image.fromarray(array, 'P'); im.putpalette(bytes(768))
    out = io.BytesIO(); im.save(out, 'GIF', optimize=False); data = out.getvalue()
    at = data.index(b'\x2c'); flags = data[at + 9]
    return data[at + 10 + ((3 << ((flags & 7) + 1)) if flags & 0x80 else 0):-1]
def gif(name, width, height, left, top, table, local=b'', control=b''):
    screen = struct.pack('<HHBBB', width, height, 0x83 if table else 0, 4, 0) + table
    frame = b'\x2c' + struct.pack('<HHHHB', left, top, W, H, 0x83 if local else 0) + local + lzw(index)
    put(name, b'GIF89a' + screen + control + frame + b';')
put('gif87a.gif', b'GIF87a' + plain[6:])
gif('offset.gif', W + 5, H + 3, 3, 2, colors)
gif('offset-transparent.gif', W + 5, H + 3, 3, 2, colors, control=b'\x21\xf9\4\1\0\0\2\0')
gif('local.gif', W, H, 0, 0, bytes(48), local=colors)
gif('small-screen.gif', 5, 5, 0, 0, colors)

# WebP
for options in (dict(quality=80), dict(lossless=True, exact=True)):
    save('lossless-alpha.webp' if 'lossless' in options else 'lossy-alpha.webp', rgba, 'WEBP', **options)
save('animated.webp', rgba, 'WEBP', lossless=True, exact=True, save_all=True, append_images=[rgba.rotate(180)])

# BMP
def bmp(name, depth, compression, data, header=40, masks=b'', table=b'', height=H, expected=True):
    body = struct.pack('<IiiHHIIiiII', header, W, height, 1, depth, compression, len(data), 2835, 2835, len(table) // 4, 0)
    body = struct.pack('<IHHHH', 12, W, H, 1, depth) if header == 12 else body + (masks.ljust(header - 40, b'\0') if header > 40 else masks)
    offset = 14 + len(body) + len(table)
    put(name, b'BM' + struct.pack('<IHHI', offset + len(data), 0, 0, offset) + body + table + data, expected)
def lines(array): return b''.join(r.tobytes() + bytes(-len(r.tobytes()) % 4) for r in array)
bgr = np.ascontiguousarray(a[..., ::-1]); bgra = np.concatenate([bgr, alpha[..., None]], -1)
p565 = (a[..., 0].astype('<u2') >> 3) << 11 | (a[..., 1].astype('<u2') >> 2) << 5 | a[..., 2] >> 3
p555 = (a[..., 0].astype('<u2') >> 3) << 10 | (a[..., 1].astype('<u2') >> 3) << 5 | a[..., 2] >> 3
def quads(order): return b''.join(bytes([colors[3 * i + 2], colors[3 * i + 1], colors[3 * i]] + [0] * order) for i in range(16))
def runs(array, scale):
    out = b''
    for row in array[::-1]:
        i = 0
        while i < len(row):
            n = 1
            while i + n < len(row) and row[i + n] == row[i]: n += 1
            out += bytes([n, int(row[i]) * scale]); i += n
        out += b'\0\0'
    return out + b'\0\1'
bmp('top-down.bmp', 24, 0, lines(bgr), height=-H)
bmp('rgb565.bmp', 16, 3, lines(p565[::-1]), masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f))
bmp('rgb555.bmp', 16, 0, lines(p555[::-1]))
bmp('fields32.bmp', 32, 3, lines(bgra[::-1]), masks=struct.pack('<III', 0xff0000, 0xff00, 0xff))
bmp('v5-alpha.bmp', 32, 3, lines(bgra[::-1]), header=124, masks=struct.pack('<IIII', 0xff0000, 0xff00, 0xff, 0xff000000))
bmp('os2.bmp', 24, 0, lines(bgr[::-1]), header=12)
bmp('os2v2.bmp', 24, 0, lines(bgr[::-1]), header=64)
bmp('os2-palette.bmp', 8, 0, lines(index[::-1]), header=12, table=quads(0))
bmp('rle8.bmp', 8, 1, runs(index, 1), table=quads(1))
bmp('rle4.bmp', 4, 2, runs(index, 17), table=quads(1))
bmp('rle8-cut.bmp', 8, 1, runs(index, 1)[:150], table=quads(1), expected=None)
bmp('rle8-without-end.bmp', 8, 1, runs(index, 1)[:-2], table=quads(1))

# TIFF
def premultiplied(c, al): return (c.astype('u4') * al[..., None] // np.iinfo(c.dtype).max).astype(c.dtype)
for name, c, al in (('8', a, alpha), ('16', a16, alpha16)):
    tif(f'premultiplied{name}.tif', np.concatenate([premultiplied(c, al), al[..., None]], -1), photometric='rgb', extrasamples=['assocalpha'])
    tif(f'unspecified{name}.tif', np.concatenate([c, al[..., None]], -1), photometric='rgb', extrasamples=['unspecified'])
tif('premultiplied-planar.tif', np.moveaxis(np.concatenate([premultiplied(a, alpha), alpha[..., None]], -1), -1, 0), photometric='rgb', planarconfig='separate', extrasamples=['assocalpha'], compression='lzw', byteorder='>')
tif('lzw-predictor.tif', a, photometric='rgb', compression='lzw', predictor=2)
tif('deflate-tiled.tif', a, photometric='rgb', compression='zlib', tile=(16, 16))
tif('packbits.tif', a, photometric='rgb', compression='packbits')
tif('big-endian.tif', a16, photometric='rgb', byteorder='>')
tif('jpeg-in-tiff.tif', a, photometric='ycbcr', compression='jpeg', subsampling=(2, 2))
save('ccitt.tif', rgb.convert('1'), 'TIFF', compression='group3')
save('fax.tif', rgb.convert('1'), 'TIFF', compression='group4')
tif('white-is-zero.tif', a[..., 0], photometric='miniswhite')
tif('cmyk.tif', np.concatenate([255 - a, alpha[..., None] // 4], -1), photometric='separated', planarconfig='contig')
save('ycbcr.tif', rgb.convert('YCbCr'), 'TIFF')
tif('pages.tif', np.stack([a, 255 - a]), photometric='rgb')
tif('signed8.tif', (a[..., 0].astype('i2') - 128).astype('i1'), photometric='minisblack')
tif('signed16.tif', (a16[..., 0].astype('i4') - 32768).astype('i2'), None, photometric='minisblack')
tif('float.tif', a[..., 0].astype('f4'), None, photometric='minisblack')
tif('float-predictor.tif', a[..., 0].astype('f4'), None, photometric='minisblack', compression='zlib', predictor=3)
lab = ImageCms.applyTransform(rgb, ImageCms.buildTransform(ImageCms.createProfile('sRGB'), ImageCms.createProfile('LAB'), 'RGB', 'LAB'))
out = io.BytesIO(); lab.save(out, 'TIFF'); stored = tifffile.imread(io.BytesIO(out.getvalue())).astype(float)
f = (stored[..., 0] * 100 / 255 + 16) / 116
signed = np.where(stored[..., 1:] > 127, stored[..., 1:] - 256, stored[..., 1:])
xyz = np.stack([np.where(v ** 3 > 216 / 24389, v ** 3, (116 * v - 16) * 27 / 24389) for v in (f + signed[..., 0] / 500, f, f - signed[..., 1] / 200)], -1)
d65 = np.array([[3.1341359, -1.6173863, -0.4906622], [-0.9787955, 1.9162543, 0.0334429], [0.0719553, -0.2289769, 1.4053860]])
linear = np.clip(xyz * (0.9642, 1, 0.8249) @ d65.T, 0, 1)
put('lab.tif', out.getvalue(), np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype('u1'))
