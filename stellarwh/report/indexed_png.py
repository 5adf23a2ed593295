"""Pictures of a few colours in a fifth of the room: PNG with a palette."""

import base64
import io
import re
import struct
import zlib

import numpy as np
import numpy.typing as npt
from matplotlib.image import imread

_PICTURE = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
_PALETTED = 3


def with_palettes(svg: str) -> str:
    """Return an SVG whose pictures of at most 256 colours have a palette.

    matplotlib writes four bytes a pixel. Cells have the 256 colours of a colour map at
    most: the picture stays the same to the last pixel.
    """
    return _PICTURE.sub(_smaller, svg)


def _smaller(match: re.Match[str]) -> str:
    written = base64.b64decode(match.group(1))
    pixels = np.round(imread(io.BytesIO(written), format="png") * 255).astype(np.uint8)
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        return match.group()
    pixels[pixels[..., 3] == 0] = 0
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    colours, places = np.unique(packed, return_inverse=True)
    if len(colours) > 256:
        return match.group()
    indexed = _png(
        places.reshape(packed.shape).astype(np.uint8),
        colours.view(np.uint8).reshape(-1, 4),
    )
    least = min(written, indexed, key=len)
    return "data:image/png;base64," + base64.b64encode(least).decode()


def _png(places: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8]) -> bytes:
    """Return a PNG with a palette (ISO/IEC 15948), its lines as they are."""
    height, width = places.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)
    lines[:, 1:] = places
    heading = struct.pack(">IIBBBBB", width, height, 8, _PALETTED, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", heading),
            (b"PLTE", colours[:, :3].tobytes()),
            (b"tRNS", colours[:, 3].tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
