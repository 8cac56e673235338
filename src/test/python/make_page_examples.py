"""Draws and writes the page's example images: a golf ball and a parachute, and the temple at half
its size. Needs NumPy and Pillow.

usage: make_page_examples.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = 320
FOLDER = Path(sys.argv[1])
RESOURCES = Path(__file__).parent.parent / "resources"
rng = np.random.default_rng(3)


def save(image, name):
    image.save(FOLDER / name, quality=82, optimize=True)


def noise(scale, amount):
    small = rng.normal(0, amount, (SIZE // scale + 2, SIZE // scale + 2))
    large = Image.fromarray(small.astype(np.float32)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return np.asarray(large)


def golf_ball():
    """A sphere with dimples on a spiral, lit from the left above, on grass with a shadow."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    blades = noise(2, 26) + noise(6, 16) + noise(30, 12)
    ground = np.stack([62 + blades * 0.8, 118 + blades, 40 + blades * 0.5], axis=-1)
    cx, cy, radius = 165.0, 150.0, 98.0
    shadow = np.exp(-(((x - cx - 22) / 112) ** 2 + ((y - cy - 92) / 30) ** 2) ** 2)
    ground *= (1 - 0.6 * shadow)[..., None]
    u, v = (x - cx) / radius, (y - cy) / radius
    inside = u * u + v * v < 1
    w = np.sqrt(np.maximum(0, 1 - u * u - v * v))
    normal = np.stack([u, v, w], axis=-1)
    count = 330
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    centres = np.stack(
        [np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=-1)
    nearest = normal.reshape(-1, 3) @ centres.T
    best = nearest.argmax(axis=1)
    angle = np.arccos(np.clip(nearest.max(axis=1), -1, 1)).reshape(SIZE, SIZE)
    depth = np.clip(1 - angle / 0.085, 0, 1)
    toward = centres[best].reshape(SIZE, SIZE, 3) - normal
    bent = normal + (4.5 * depth * (1 - depth) * 4)[..., None] * toward
    bent /= np.linalg.norm(bent, axis=-1, keepdims=True)
    light = np.array([-0.5, -0.65, 0.58])
    shade = np.clip(bent @ (light / np.linalg.norm(light)), 0, 1)
    ball = (70 + 178 * shade)[..., None] * np.array([1, 1, 0.985])
    edge = np.clip((1 - np.sqrt(u * u + v * v)) * radius, 0, 1)[..., None]
    picture = np.where(inside[..., None], ball * edge + ground * (1 - edge), ground)
    grass = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(grass)
    for _ in range(260):  # blades before the ball
        at, foot = rng.uniform(0, SIZE), rng.uniform(240, 330)
        green = int(rng.uniform(70, 150))
        draw.line(
            [(at, foot), (at + rng.normal(0, 7), foot - rng.uniform(12, 34))],
            fill=(green // 2, green, green // 3), width=2)
    save(grass.filter(ImageFilter.GaussianBlur(0.6)), "golf.jpg")


def parachute():
    """A striped canopy with its lines and a person, in a sky with clouds."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    cloud = np.clip(noise(70, 0.5) + noise(30, 0.2) - 0.15, 0, 1)[..., None]
    sky = np.stack([70 + y * 0.28, 130 + y * 0.22, 205 + y * 0.1], axis=-1)
    sky = sky * (1 - cloud) + 245 * cloud
    four = 4
    image = Image.fromarray(np.clip(sky, 0, 255).astype(np.uint8)).resize((SIZE * four, SIZE * four))
    draw = ImageDraw.Draw(image)
    cx, cy, wide, high, low = 160, 128, 112, 88, 18
    colours = [(206, 40, 44), (250, 250, 246), (32, 74, 160), (244, 190, 40)]
    gores = 9
    for gore in range(gores):
        left, right = (-1 + 2 * gore / gores), (-1 + 2 * (gore + 1) / gores)
        top = np.linspace(0, 1, 40)
        edge = [(cx + wide * left * np.sin(t * np.pi / 2), cy - high * np.cos(t * np.pi / 2)) for t in top]
        back = [(cx + wide * right * np.sin(t * np.pi / 2), cy - high * np.cos(t * np.pi / 2)) for t in top[::-1]]
        middle = ((edge[-1][0] + back[0][0]) / 2, cy - low * 0.55)
        shade = 1 - 0.35 * abs(gore + 0.5 - gores / 2.6) / gores * 2
        fill = tuple(int(part * shade) for part in colours[gore % 4])
        draw.polygon([(a * four, b * four) for a, b in [*edge, middle, *back]], fill=fill)
    for gore in range(gores + 1):
        at = cx + wide * (-1 + 2 * gore / gores)
        draw.line([(at * four, cy * four), (cx * four, 262 * four)], fill=(40, 40, 48), width=3)
    draw.ellipse([(153 * four, 256 * four), (167 * four, 270 * four)], fill=(60, 46, 40))
    draw.rounded_rectangle(
        [(151 * four, 269 * four), (169 * four, 294 * four)], radius=20, fill=(32, 38, 60))
    for side in (-5, 5):
        draw.line([((160 + side) * four, 292 * four), ((160 + side * 1.4) * four, 314 * four)],
                  fill=(26, 28, 40), width=22)
    save(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS), "parachute.jpg")


golf_ball()
parachute()
temple = Image.open(RESOURCES / "temple.jpg").convert("RGB")
save(temple.resize((320, 214), Image.Resampling.LANCZOS), "temple.jpg")
