"""What a case is: an image of 8 x 8 pixels; half of the images are made harder, and say so in their kind."""

from __future__ import annotations

import numpy as np

from mindshare.core.history import FloatArray, IntArray

LABELS = tuple("0123456789")
SIZE = "8 × 8"  # pixels, as a title
KINDS = ("clean", "noisy", "covered")
HARDER = (0.5, 0.25, 0.25)  # share of the images of each kind
NOISE = 6.0  # standard deviation, of 16 grey levels
PATCH = 4  # pixels a side of what covers an image
WHITE = 16.0


def harder_images(rng: np.random.Generator) -> tuple[FloatArray, IntArray, IntArray]:
    """(N, 8, 8) images, (N,) truth and kind: some images drowned in noise, some with a patch covered."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = digits.images.astype(np.float64)
    kind = rng.choice(len(KINDS), size=len(images), p=HARDER).astype(np.int32)
    noisy = np.clip(np.round(images + rng.normal(0.0, NOISE, images.shape)), 0.0, WHITE)
    corner = rng.integers(0, images.shape[1] - PATCH + 1, (len(images), 2))
    images[kind == 1] = noisy[kind == 1]
    for i in np.flatnonzero(kind == 2):
        row, column = corner[i]
        images[i, row : row + PATCH, column : column + PATCH] = 0.0
    return images, digits.target.astype(np.int32), kind


def summary(images: FloatArray) -> FloatArray:
    """(N, 16) means of 2 x 2 pixels: what a thin link can carry for every image."""
    n, side, _ = images.shape
    return images.reshape(n, side // 2, 2, side // 2, 2).mean(axis=(2, 4)).reshape(n, -1)


def grey(image: FloatArray) -> list[list[int]]:
    """The rows of an image as grey levels, 0 to 16."""
    told: list[list[int]] = np.rint(image).astype(int).tolist()
    return told
