#!/usr/bin/env python3
"""Compares imported faces, and the rate of the import, with Pillow's own crop and Lanczos resize.

Usage: scripts/compare-pillow.py PICTURES.zip FACES.safetensors [COUNT] [--program FACEFIELD]
Prints the mean absolute difference over COUNT faces (of 255) and the worst face's. With --program also, from the same run, the
pictures a second of Pillow in two processes and of `facefield import`, each the best of three, taken in turns, and their ratio.
Needs numpy and Pillow.
"""
import argparse
import io
import json
import multiprocessing
import os
import struct
import subprocess
import tempfile
import time
import zipfile

import numpy as np
from PIL import Image

REPEATS = 3
PROCESSES = 2


def face_of(data, size):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return picture.crop((19, 39, 159, 179)).resize((size, size), Image.LANCZOS)


def pillow_share(work):
    """One process' share of an import with Pillow: reads, decodes, crops and resizes."""
    path, names, size = work
    archive = zipfile.ZipFile(path)
    return sum(np.asarray(face_of(archive.read(name), size)).nbytes for name in names)


def pillow_rate(path, names, size):
    shares = [(path, names[part::PROCESSES], size) for part in range(PROCESSES)]
    with multiprocessing.Pool(PROCESSES) as pool:
        pool.map(pillow_share, [(path, names[:8], size)] * PROCESSES)  # starting the processes is not counted
        start = time.perf_counter()
        pool.map(pillow_share, shares, chunksize=1)
        return len(names) / (time.perf_counter() - start)


def import_rate(program, path, size):
    with tempfile.TemporaryDirectory() as place:
        out = os.path.join(place, "faces.safetensors")
        command = [program, "--json", "import", path, "--size", str(size), "--out", out]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["faces_per_second"]


def differences(path, faces_path, count):
    archive = zipfile.ZipFile(path)
    data = open(faces_path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    names = json.loads(header["__metadata__"]["file_names"])
    shape = header["faces"]["shape"]
    start = 8 + length + header["faces"]["data_offsets"][0]
    faces = np.frombuffer(data, np.uint8, int(np.prod(shape)), start).reshape(shape)
    paths = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}
    chosen = np.random.default_rng(0).choice(len(names), min(count, len(names)), replace=False)
    found = []
    for index in chosen:
        face = face_of(archive.read(paths[names[index]]), shape[1])
        found.append(np.abs(np.asarray(face, np.float64) - faces[index]).mean())
    return found, [paths[name] for name in names], shape[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures")
    parser.add_argument("faces")
    parser.add_argument("count", nargs="?", type=int, default=50)
    parser.add_argument("--program", help="facefield, to compare rates too")
    args = parser.parse_args()
    found, names, size = differences(args.pictures, args.faces, args.count)
    report = {"faces": len(found), "mean": float(np.mean(found)), "worst": float(np.max(found))}
    if args.program:
        rates = {"pillow": [], "facefield": []}
        for _ in range(REPEATS):
            rates["pillow"].append(pillow_rate(args.pictures, names, size))
            rates["facefield"].append(import_rate(args.program, args.pictures, size))
        best = {name: max(values) for name, values in rates.items()}
        report |= {f"{name}_per_second": round(value) for name, value in best.items()}
        report["ratio"] = round(best["facefield"] / best["pillow"], 2)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
