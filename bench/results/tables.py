"""Writes the tables of BENCHMARKS.md and the README's chart from the CSV files in this folder.

    python3 bench/results/tables.py            # writes BENCHMARKS.md and docs/benchmarks.svg
    python3 bench/results/tables.py --check    # ends with 1 if either file differs from the results

A new measurement is a new line in a CSV file, or a changed one. The script needs the standard library
only, and fails if a figure that a table shows is missing or there twice.
"""

import csv
import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "BENCHMARKS.md"
CHART = ROOT / "docs" / "benchmarks.svg"
SMALL, LARGE = "500x375 JPEG", "1920x1080 JPEG"
OURS = "this service"
# Engine in service.csv, its precision, the name that a reader sees, and the row's note.
SERVERS = [
    (OURS, "int8", "**this service**, `int8`", "goals: 1.15 and 1.8 × LitServe with OpenVINO, 4.5 × Spring Boot + DJL"),
    (OURS, "auto (bf16)", "**this service**, `auto` (bf16)", "goal: 2.5 × Spring Boot + DJL"),
    ("LitServe 0.2.19, OpenVINO int8 by hand", "int8", "LitServe 0.2.19 + OpenVINO int8", "`auto` ratios are ratios of medians"),
    ("BentoML 1.4.40, torchvision", "fp32", "BentoML 1.4.40, torchvision", "memory from a third run; `auto` ratios are ratios of medians"),
    ("Spring Boot 4.1 + DJL 0.35.1, as its guide shows", "fp32", "Spring Boot 4.1 + DJL 0.35.1",
     "large image and `auto`: ratios of medians"),
    ("LitServe 0.2.19, torchvision", "fp32", "LitServe 0.2.19, torchvision", ""),
    ("TorchServe 0.12, image_classifier", "fp32", "TorchServe 0.12", "from a run of its own"),
]


class Results:
    """The measurements of one CSV file."""

    def __init__(self, name):
        with open(HERE / f"{name}.csv", newline="", encoding="utf-8") as file:
            self.lines = list(csv.DictReader(file))

    def line(self, **wanted):
        """The only line with these values, or None."""
        found = [l for l in self.lines if all(l[k] == v for k, v in wanted.items())]
        if len(found) > 1:
            sys.exit(f"There are {len(found)} measurements of {wanted}.")
        return found[0] if found else None

    def value(self, **wanted):
        line = self.line(**wanted)
        return line["value"] if line else ""


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def pair(first, second):
    return f"{first}, {second}" if first else ""


def span(line):
    return f"{line['value']} ({line['least']}–{line['most']})" if line else ""


def service():
    results = Results("service")
    rows = []
    for engine, precision, shown, note in SERVERS:
        def figure(processor, image, metric):
            return results.line(processor=processor, engine=engine, precision=precision, image=image, metric=metric)

        def ratio(ours):
            values = [results.value(processor="Genoa", engine=engine, precision=ours, image=image,
                                    metric="this service's rate / peer's rate") for image in (SMALL, LARGE)]
            return pair(*values)

        amx = [figure("Xeon AMX", image, "rate") for image in (SMALL, LARGE)]
        rows.append([
            shown,
            span(figure("Genoa", SMALL, "rate")),
            span(figure("Genoa", LARGE, "rate")),
            figure("Genoa", SMALL, "resident memory")["value"],
            ratio("int8"),
            ratio("auto (bf16)"),
            pair(*[line["value"] for line in amx]) if all(amx) else "",
            note,
        ])
    return table(["server", "500×375", "1920×1080", "resident MB", "`int8` is × this", "`auto` is × this",
                  "Xeon AMX: both images", "note"], rows)


def engine():
    results = Results("engine")
    rows = []
    for batch in ("1", "8"):
        for precision in ("eager", "fp32", "bf16", "int8"):
            def rate(name, of=precision):
                return results.value(processor="Genoa", engine=name, precision=of, metric=f"rate at batch {batch}")

            if precision == "eager":
                rows.append([batch, "eager", rate("eager (traced model in DJL)", "fp32"), "", "", "", "", "", "",
                             "a traced model in DJL"])
                continue
            better = f"rate / better peer's at batch {batch}"
            rows.append([
                batch, precision, rate("this engine"), rate("ONNX Runtime 1.32.0"), rate("OpenVINO 2026.4.1"),
                "**%s**" % results.value(processor="Genoa", engine="this engine", precision=precision, metric=better),
                results.value(processor="Genoa", engine="this engine, fused plan", precision=precision, metric=better),
                results.value(processor="Genoa", engine="this engine", precision=precision,
                              metric=f"rate / eager's at batch {batch}"),
                results.value(processor="Xeon AMX", engine="this engine", precision=precision, metric=better),
                other_runs(results, batch, precision),
            ])
    return table(["batch", "precision", "this engine", "ONNX Runtime 1.32.0", "OpenVINO 2026.4.1", "÷ better peer",
                  "fused plan ÷ better peer", "÷ eager", "Xeon AMX: ÷ better peer", "note"], rows)


def other_runs(results, batch, precision):
    values = [l["value"] for l in results.lines if l["precision"] == precision
              and l["metric"] == f"rate / better peer's at batch {batch}, other runs"]
    return "Xeon AMX, other runs: " + ", ".join(values) if values else ""


def overload():
    results = Results("overload")
    rows = []
    for image in (SMALL, LARGE):
        for load in ("150", "300", "600"):
            def value(what):
                return results.line(date="2026-11-28", processor="Xeon AMX", engine=OURS, image=image,
                                    metric=what % load)

            in_time, goodput = value("accepted requests in time at %s %% load"), value("goodput at %s %% load")
            met = float(in_time["value"]) >= 99
            rows.append([image.split()[0].replace("x", "×"), f"{load} %", in_time["value"] + " %", "yes" if met else "**no**",
                         goodput["value"], in_time["note"]])
    return table(["image", "offered load", "accepted requests in time", "goal of 99 % met", "goodput, of capacity",
                  "note"], rows)


def document(text):
    for name, rows in (("service", service()), ("engine", engine()), ("overload", overload())):
        text, count = re.subn(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)",
                              lambda found: found[1] + rows + found[2], text, flags=re.DOTALL)
        if count != 1:
            sys.exit(f"BENCHMARKS.md has {count} places for the table {name}.")
    return text


def chart():
    """Horizontal bars: requests a second on Genoa by server, for both images."""
    results = Results("service")
    left, scale, bar, step, top = 250, 4.6, 12, 38, 62
    parts = []
    for row, (engine, precision, shown, _) in enumerate(SERVERS):
        y = top + row * step
        own = engine == OURS
        label = escape(re.sub(r"[*`]", "", shown))
        weight = "bold" if own else "normal"
        parts.append(f'<text x="{left - 8}" y="{y + 17}" text-anchor="end" font-weight="{weight}">{label}</text>')
        for offset, image, colour in ((0, SMALL, "#1f6f8b" if own else "#8a9ba8"), (bar + 1, LARGE, "#7fb6c6" if own else "#c3ccd3")):
            value = results.value(processor="Genoa", engine=engine, precision=precision, image=image, metric="rate")
            width = round(float(value) * scale)
            parts.append(f'<rect x="{left}" y="{y + offset}" width="{width}" height="{bar}" fill="{colour}"/>')
            parts.append(f'<text x="{left + width + 5}" y="{y + offset + 10}" font-size="11">{value}</text>')
    height = top + len(SERVERS) * step + 8
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{height}" viewBox="0 0 700 {height}"'
        ' font-family="sans-serif" font-size="13" fill="#24292f">',
        "<title>ResNet-50: requests a second of seven servers on two processors</title>",
        f'<rect width="700" height="{height}" fill="#ffffff"/>',
        '<text x="14" y="24" font-size="16" font-weight="bold">ResNet-50, requests a second, 16 connections</text>',
        '<text x="14" y="44" font-size="12">AMD EPYC (Genoa), 2 processors for server and client.'
        " Upper bar: 500×375 JPEG, lower bar: 1920×1080 JPEG.</text>",
        *parts, "</svg>", ""])


def main():
    wanted = {DOCUMENT: document(DOCUMENT.read_text(encoding="utf-8")), CHART: chart()}
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} differs from bench/results: run python3 bench/results/tables.py")
        sys.exit(1 if stale else 0)
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
