"""Plants what `data check` is to find, and counts what it found.

  python bench/audit.py copies imagenette-train.tar planted.tar
  java -jar target/resnet-serving.jar data check planted.tar --output found
  python bench/audit.py score-copies planted.tar found

  python bench/audit.py noise imagenette-train.tar noisy.tar --share 0.5
  java -jar target/resnet-serving.jar data check noisy.tar --output found
  python bench/audit.py score-noise noisy.tar found

  python bench/audit.py noise imagenette-train.tar noisy.tar --held-out 0.1
  java -jar target/resnet-serving.jar train noisy.tar --drop-suspects auto ...

`copies` adds 40 near copies of each of five kinds: resized, recompressed, cropped, mirrored and of
another brightness; with --leaks the images lie below train, and the copies below val. `noise`
replaces labels at random by another; with --held-out a share of each class lies below val with its
right labels, and only what lies below train has wrong ones. Beside the tar lies its truth as a CSV.
Needs Pillow.
"""

import argparse
import csv
import io
import pathlib
import random
import tarfile

from PIL import Image, ImageEnhance

KINDS = ["resized", "recompressed", "cropped", "mirrored", "brightness"]


def images(tar):
    return [m for m in tar.getmembers() if m.isfile() and m.name.lower().endswith((".jpeg", ".jpg", ".png"))]


def parts(name):
    path = pathlib.PurePosixPath(name)
    return path.parent.name, path.name


def varied(image, kind, draw):
    quality = 90
    if kind == "resized":
        factor = draw.choice([0.5, 0.65, 0.8, 1.5])
        image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)
    elif kind == "recompressed":
        quality = draw.randint(25, 60)
    elif kind == "cropped":  # by 5 % in all, or by 5 % on each side
        lost = draw.choice([0.05, 0.1])
        left = round(image.width * lost * draw.random())
        top = round(image.height * lost * draw.random())
        image = image.crop((left, top, left + round(image.width * (1 - lost)), top + round(image.height * (1 - lost))))
    elif kind == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    else:
        image = ImageEnhance.Brightness(image).enhance(draw.choice([0.6, 0.75, 1.25, 1.4]))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def truth_of(tar):
    return pathlib.Path(tar).with_suffix(".truth.csv")


def copies(args):
    draw = random.Random(args.seed)
    with tarfile.open(args.source) as source, tarfile.open(args.out, "w") as out:
        members = images(source)
        for member in members:
            label, name = parts(member.name)
            add(out, f"{'train/' if args.leaks else ''}{label}/{name}", source.extractfile(member).read())
        rows = []
        for i, member in enumerate(draw.sample(members, args.count)):
            kind = KINDS[i % len(KINDS)]
            label, name = parts(member.name)
            image = Image.open(source.extractfile(member)).convert("RGB")
            copy = f"{'val/' if args.leaks else ''}{label}/copy-{i:03d}.jpg"
            add(out, copy, varied(image, kind, draw))
            rows.append([f"{'train/' if args.leaks else ''}{label}/{name}", copy, kind])
    with open(truth_of(args.out), "w", newline="") as file:
        csv.writer(file).writerows([["image", "copy", "kind"], *rows])


def noise(args):
    draw = random.Random(args.seed)
    with tarfile.open(args.source) as source, tarfile.open(args.out, "w") as out:
        members = images(source)
        labels = sorted({parts(m.name)[0] for m in members})
        held_out = set()
        for label in labels if args.held_out else []:
            of_class = [i for i, m in enumerate(members) if parts(m.name)[0] == label]
            held_out |= set(draw.sample(of_class, round(args.held_out * len(of_class))))
        learnt = [i for i in range(len(members)) if i not in held_out]
        wrong = set(draw.sample(learnt, round(args.share * len(learnt))))
        rows = []
        for i, member in enumerate(members):
            label, name = parts(member.name)
            given = draw.choice([other for other in labels if other != label]) if i in wrong else label
            part = "" if not args.held_out else "val/" if i in held_out else "train/"
            add(out, f"{part}{given}/{name}", source.extractfile(member).read())
            rows.append([f"{part}{given}/{name}", label, int(i in wrong)])
    with open(truth_of(args.out), "w", newline="") as file:
        csv.writer(file).writerows([["image", "true_class", "wrong"], *rows])


def rows(file):
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


def score_copies(args):
    truth = {frozenset((r["image"], r["copy"])): r["kind"] for r in rows(truth_of(args.tar))}
    found = [frozenset((r["image"], r["other"])) for r in rows(pathlib.Path(args.found) / "copies.csv")]
    for kind in KINDS:
        planted = [pair for pair, k in truth.items() if k == kind]
        print(f"{kind:13} {sum(pair in found for pair in planted)} of {len(planted)}")
    right = sum(pair in found for pair in truth)
    print(f"found {right} of {len(truth)} = {100 * right / len(truth):.1f} %")
    others = [sorted(pair) for pair in found if pair not in truth]
    print(f"{len(others)} other pairs of {len(found)}, which may be copies in the source itself:")
    for pair in others:
        print("  ", *pair)


def score_noise(args):
    truth = {r["image"]: int(r["wrong"]) for r in rows(truth_of(args.tar))}
    found = {r["image"] for r in rows(pathlib.Path(args.found) / "labels.csv")}
    wrong = {image for image, flag in truth.items() if flag}
    right = len(found & wrong)
    print(f"{len(found)} suspects: found {right} of {len(wrong)} = {100 * right / len(wrong):.1f} %,"
          f" precision {100 * right / max(1, len(found)):.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in (("copies", copies), ("noise", noise)):
        command = commands.add_parser(name)
        command.add_argument("source")
        command.add_argument("out")
        command.add_argument("--seed", type=int, default=1)
        command.set_defaults(run=run)
        if run is copies:
            command.add_argument("--count", type=int, default=200)
            command.add_argument("--leaks", action="store_true")
        else:
            command.add_argument("--share", type=float, default=0.5)
            command.add_argument("--held-out", type=float, default=0)
    for name, run in (("score-copies", score_copies), ("score-noise", score_noise)):
        command = commands.add_parser(name)
        command.add_argument("tar")
        command.add_argument("found")
        command.set_defaults(run=run)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
