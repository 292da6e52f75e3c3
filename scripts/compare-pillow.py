#!/usr/bin/env python3
"""Compares imported faces with Pillow's own crop and Lanczos resize.

Usage: scripts/compare-pillow.py PICTURES.zip FACES.safetensors [COUNT]
Prints the mean absolute difference over COUNT faces (of 255) and the worst face's. Needs numpy and Pillow.
"""
import io
import json
import struct
import sys
import zipfile

import numpy as np
from PIL import Image


def main():
    archive = zipfile.ZipFile(sys.argv[1])
    data = open(sys.argv[2], "rb").read()
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    names = json.loads(header["__metadata__"]["file_names"])
    shape = header["faces"]["shape"]
    start = 8 + length + header["faces"]["data_offsets"][0]
    faces = np.frombuffer(data, np.uint8, int(np.prod(shape)), start).reshape(shape)
    paths = {path.rsplit("/", 1)[-1]: path for path in archive.namelist()}
    chosen = np.random.default_rng(0).choice(len(names), min(count, len(names)), replace=False)
    differences = []
    for index in chosen:
        picture = Image.open(io.BytesIO(archive.read(paths[names[index]]))).convert("RGB")
        face = picture.crop((19, 39, 159, 179)).resize((shape[1], shape[2]), Image.LANCZOS)
        differences.append(np.abs(np.asarray(face, np.float64) - faces[index]).mean())
    print(json.dumps({"faces": len(chosen), "mean": float(np.mean(differences)), "worst": float(np.max(differences))}))


main()
