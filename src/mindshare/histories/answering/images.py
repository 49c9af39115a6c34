"""Images that a column names by their files, read when they are asked about."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindshare.core.errors import MindshareError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # channels -> how the library calls them
EIGHT_BITS = 255.0


def is_file_name(cell: str) -> bool:
    """Whether a cell names a file that may be an image."""
    return cell.lower().endswith(ENDINGS)


@dataclass(frozen=True, slots=True)
class Images(Sequence[NDArray[np.float32]]):
    """The images of these files, (H, W) where they are grey, else (C, H, W): pixels as they are stored, divided by `divided`.

    `channels`: how many are wanted; where 0, grey images have one and others three.
    """

    files: tuple[Path, ...]
    channels: int = 0
    divided: float = 1.0

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, at: Any) -> Any:
        return read(self.files[at], self.channels) / np.float32(self.divided)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[i] for i in range(len(self)))

    def take(self, at: NDArray[np.int64]) -> Images:
        """The images `at`."""
        return Images(tuple(self.files[i] for i in at.tolist()), self.channels, self.divided)

    def marks(self) -> list[NDArray[np.uint8]]:
        """What equal files have in common."""
        return [mark(file) for file in self.files]


def mark(file: Path) -> NDArray[np.uint8]:
    """What equal files have in common."""
    return np.frombuffer(hashlib.sha256(file.read_bytes()).digest(), np.uint8)


def images_in(cells: Sequence[str], cases: Sequence[str], folder: Path, channels: int) -> Images:
    """Those that the cells name, relative to the folder. Refused where one is missing, is no image, or has another size."""
    from PIL import Image, UnidentifiedImageError

    if channels and channels not in MODES:
        raise MindshareError(
            f"Files hold images of 1, 3 or 4 channels, and the machine learnt from {channels}."
        )
    files = tuple(folder / cell for cell in cells)
    sizes: list[tuple[int, int]] = []
    for cell, case, file in zip(cells, cases, files, strict=True):
        if not cell or not file.is_file():
            raise MindshareError(
                f"Case {case} names the image '{cell}', and there is no such file in {folder} (--images names another folder)."
            )
        try:
            with Image.open(file) as image:
                sizes.append(image.size)
        except (UnidentifiedImageError, OSError) as wrong:
            raise MindshareError(f"Case {case}: {file} is no image that can be read.") from wrong
        if sizes[-1] != sizes[0]:
            raise MindshareError(
                f"The image of case {case}, {cell}, is {sizes[-1][0]} x {sizes[-1][1]} pixels, and that of case {cases[0]} is"
                f" {sizes[0][0]} x {sizes[0][1]}: make them of one size first."
            )
    return Images(files, channels)


def read(file: Path, channels: int) -> NDArray[np.float32]:
    """(H, W) or (C, H, W) pixels as they are stored."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            deep = image.mode.startswith(("I", "F"))  # grey of more than eight bits
            grey = channels == 1 or (not channels and image.mode in ("1", "L", "LA"))
            kept = (
                image if deep and channels in (0, 1) else image.convert(MODES[channels or (1 if grey else 3)])
            )
            pixels = np.asarray(kept, np.float32)
    except OSError as wrong:  # the end is missing
        raise MindshareError(f"{file} is no whole image: {wrong}.") from wrong
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
