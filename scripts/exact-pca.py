#!/usr/bin/env python3
"""Compares a fitted PCA with an exact decomposition of the same faces, computed by NumPy in f64.

Usage: scripts/exact-pca.py FACES.safetensors MODEL
Prints the largest relative error of the explained-variance ratios, the error of the noise variance, and how orthonormal the axes
are. Needs numpy; takes some minutes and about 3 GB for 12,288 values.
"""
import json
import os
import struct
import sys

import numpy as np


def tensors(path):
    data = open(path, "rb").read()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    types = {"U8": np.uint8, "F32": np.float32, "F16": np.float16, "I8": np.int8}
    result = {}
    for name, info in header.items():
        if name != "__metadata__":
            start, end = info["data_offsets"]
            result[name] = np.frombuffer(data[8 + length + start : 8 + length + end], types[info["dtype"]]).reshape(info["shape"])
    return result


def main():
    cache, model = tensors(sys.argv[1]), tensors(os.path.join(sys.argv[2], "weights.safetensors"))
    train = cache["split"] == 0
    faces = cache["faces"][train if train.any() else slice(None)]
    faces = faces.reshape(len(faces), -1)
    mean = faces.mean(0, dtype=np.float64) / 255
    covariance = np.zeros((faces.shape[1],) * 2)
    for chunk in np.array_split(faces, max(1, len(faces) // 2000)):
        centred = chunk.astype(np.float64) / 255 - mean
        covariance += centred.T @ centred
    covariance /= len(faces) - 1
    values = np.linalg.eigvalsh(covariance)[::-1]
    ratio = model["explained_variance_ratio"].astype(np.float64)
    exact = values[: len(ratio)] / values.sum()
    axes = model["axes"].reshape(len(ratio), -1).astype(np.float64)
    sigma = model["sigma"].astype(np.float64)
    print(
        json.dumps(
            {
                "faces": len(faces),
                "components": len(ratio),
                "largest_relative_error": float(np.max(np.abs(ratio / exact - 1))),
                "at_axis": int(np.argmax(np.abs(ratio / exact - 1))) + 1,
                "sigma_relative_error": float(np.max(np.abs(sigma**2 / values[: len(ratio)] - 1))),
                "exact_noise_variance": float(values[len(ratio) :].sum() / (len(values) - len(ratio))),
                "mean_error": float(np.max(np.abs(model["mean"].reshape(-1) - mean))),
                "orthonormal_within": float(np.max(np.abs(axes @ axes.T - np.eye(len(ratio))))),
            }
        )
    )


main()
