"""Reference numbers for test/tensor/countSketch.test.ts. Run: python test/golden/tensor/countSketch.py"""

import json
import pathlib
import zlib

import numpy as np


def hashes(count, key):
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(key)
    h = (h ^ (h >> 16)) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * np.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def sketch(places, signs, values, numbers):
    return np.bincount(places % numbers, signs * values, minlength=numbers)


def signs(h):
    return 1.0 - 2.0 * (h >> 31)


def main():
    numbers, rank, inputs, outputs, scaling = 32, 3, 20, 12, 2.0
    # Numbers that a test can make again without a generator.
    a = ((np.arange(rank * inputs) * 37) % 101 - 50).reshape(rank, inputs) / 64
    b = ((np.arange(outputs * rank) * 53) % 97 - 48).reshape(outputs, rank) / 4096
    keys = {role: zlib.crc32(f"7 model.layers.3.mlp.down_proj {role}".encode()) for role in ("A", "inputs", "outputs")}
    flat = hashes(a.size, keys["A"])
    h_in, h_out = hashes(inputs, keys["inputs"]), hashes(outputs, keys["outputs"])
    # The product is formed here and its entries are thrown into buckets one by one.
    product = scaling * b @ a
    places = (h_out % numbers)[:, None] + (h_in % numbers)[None, :]
    result = {
        "keys": keys,
        "vector": sketch(flat, signs(flat), a.ravel(), numbers).tolist(),
        "product": sketch(
            places.ravel(), np.outer(signs(h_out), signs(h_in)).ravel(), product.ravel(), numbers
        ).tolist(),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result, indent=1) + "\n")


main()
