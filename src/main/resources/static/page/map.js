// Activation maps as colours.

/**
 * Every fifth of inferno's 256 colours. In between is linear, which is off by one of 255 at most. The
 * map is matplotlib's, by Nathaniel Smith and Stéfan van der Walt, in the public domain (CC0).
 */
const INFERNO = [
  0x000004, 0x02020c, 0x050417, 0x0a0722, 0x10092d, 0x160b39, 0x1e0c45, 0x260c51, 0x2f0a5b,
  0x380962, 0x400a67, 0x490b6a, 0x510e6c, 0x59106e, 0x61136e, 0x69166e, 0x71196e, 0x781c6d,
  0x801f6c, 0x88226a, 0x902568, 0x982766, 0xa02a63, 0xa82e5f, 0xb0315b, 0xb73557, 0xbf3952,
  0xc63d4d, 0xcc4248, 0xd34743, 0xd94d3d, 0xdf5337, 0xe45a31, 0xe9612b, 0xed6925, 0xf1711f,
  0xf47918, 0xf78212, 0xf98b0b, 0xfa9407, 0xfb9d07, 0xfca60c, 0xfcb014, 0xfbba1f, 0xfac42a,
  0xf8cd37, 0xf6d746, 0xf4e156, 0xf2ea69, 0xf2f27d, 0xf5f992, 0xfcffa4,
];

/** Red, green and blue of a share between 0 and 1. */
function inferno(share) {
  const at = share * (INFERNO.length - 1);
  const left = Math.min(Math.floor(at), INFERNO.length - 2);
  return [16, 8, 0].map(shift => {
    const from = INFERNO[left] >> shift & 255;
    const to = INFERNO[left + 1] >> shift & 255;
    return Math.round(from + (at - left) * (to - from));
  });
}

/** A map's smallest and largest values. */
export function range(map) {
  const values = map.flat();
  return {low: Math.min(...values), high: Math.max(...values)};
}

/** Between the four values around a point, as the service's own image has it. */
function valueAt(map, across, down) {
  const x = Math.min(Math.max(across * map[0].length - 0.5, 0), map[0].length - 1);
  const y = Math.min(Math.max(down * map.length - 0.5, 0), map.length - 1);
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = Math.min(left + 1, map[0].length - 1);
  const bottom = Math.min(top + 1, map.length - 1);
  const upper = map[top][left] + (x - left) * (map[top][right] - map[top][left]);
  const lower = map[bottom][left] + (x - left) * (map[bottom][right] - map[bottom][left]);
  return upper + (y - top) * (lower - upper);
}

/** Draws a map on a canvas: the smallest value dark, the largest bright. */
export function draw(canvas, map) {
  const {low, high} = range(map);
  const {width, height} = canvas;
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const value = valueAt(map, (x + 0.5) / width, (y + 0.5) / height);
      image.data.set(inferno(high > low ? (value - low) / (high - low) : 0), at);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Draws all colours, from dark to bright. */
export function drawScale(canvas) {
  draw(canvas, [Array.from({length: canvas.width}, (_, i) => i)]);
}
