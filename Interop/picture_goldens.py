"""Pictures of every kind that people have trouble with, and what Pillow and Keras make of them.

    python Interop/picture_goldens.py pillow --out Tests/PicturesTests/Goldens    # writes the pictures, and Pillow's arrays
    python Interop/picture_goldens.py keras --out Tests/PicturesTests/Goldens     # reads them, and writes Keras's

Each run prints its versions, and writes them beside its arrays. The pictures are drawn from a fixed seed.
"""

import argparse
import io
import json
import pathlib
import platform
import struct
import zlib

import numpy as np

# Height and width of what is resized, by name, and what it is resized to.
SIZES = [(11, 14), (28, 9), (33, 47)]
FITS = ["crop", "pad", "stretch"]


def drawing(height: int, width: int, channels: int, seed: int = 5) -> np.ndarray:
    """Waves with noise on them, [height, width, channels]: smooth parts, edges, and the whole range."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 110 * np.sin(x / 5 + c) + 70 * np.cos(y / 7 * (c + 1)) for c in range(channels)]
    return np.clip(np.stack(waves, -1) + random.normal(0, 9, (height, width, channels)), 0, 255).astype(np.uint8)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array: np.ndarray, depth: int, colour: int, chunks: bytes = b"", interlaced: bool = False) -> bytes:
    """A PNG that Pillow does not write: 16 bits in colour, interlaced, chunks of one's own."""
    height, width = array.shape[:2]
    samples = array.astype(">u2" if depth == 16 else "u1")
    steps = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [samples[y::dy, x::dx] for y, x, dy, dx in steps] if interlaced else [samples]
    rows = b"".join(b"\0" + row.tobytes() for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def make_pillow(out: pathlib.Path) -> None:
    import PIL
    from PIL import Image, ImageOps, features

    pictures = out / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    expected: dict[str, np.ndarray] = {}

    def saved(name: str, image: Image.Image, **options) -> None:
        image.save(pictures / name, **options)

    colours, inks = drawing(18, 23, 3), drawing(18, 23, 4)
    rgb, rgba = Image.fromarray(colours), Image.fromarray(inks)
    grey = rgb.convert("L")
    palette = rgb.quantize(12)

    # PNG
    saved("grey.png", grey)
    saved("bits-1.png", rgb.convert("1"))
    saved("grey-alpha.png", rgba.convert("LA"))
    saved("rgb.png", rgb)
    saved("rgba.png", rgba)
    saved("palette.png", palette, bits=4)
    saved("palette-transparent.png", palette, transparency=bytes([0, 60, 255]))
    saved("grey-transparent.png", grey, transparency=int(np.asarray(grey)[3, 4]))
    deep = drawing(18, 23, 1).astype(np.uint16) * 257 - drawing(18, 23, 1, seed=6) % 200
    saved("grey-16.png", Image.fromarray(deep[..., 0]))
    saved("grey-12-in-16.png", Image.fromarray(deep[..., 0] >> 4))
    deep_colours = drawing(18, 23, 3).astype(np.uint16) * 251 + 17
    (pictures / "rgb-16.png").write_bytes(png(deep_colours, 16, 2))
    (pictures / "interlaced.png").write_bytes(png(colours, 8, 2, interlaced=True))
    (pictures / "gamma.png").write_bytes(png(colours, 8, 2, chunk(b"gAMA", struct.pack(">I", 100_000))))

    # JPEG
    for name, sampling in ("444", 0), ("422", 1), ("420", 2):
        saved(f"rgb-{name}.jpg", rgb, quality=90, subsampling=sampling)
    saved("progressive.jpg", rgb, quality=85, progressive=True)
    saved("restarts.jpg", rgb, quality=85, restart_marker_blocks=1)
    saved("grey.jpg", grey, quality=85)
    saved("cmyk.jpg", rgba.convert("RGB").convert("CMYK"), quality=90)
    marked = (pictures / "cmyk.jpg").read_bytes()
    start = marked.index(b"\xff\xee")
    end = start + 2 + struct.unpack(">H", marked[start + 2 : start + 4])[0]
    assert marked[start + 4 : start + 9] == b"Adobe" and marked[end - 1] == 0
    (pictures / "cmyk-without-marker.jpg").write_bytes(marked[:start] + marked[end:])
    # The marker's last byte says that the four components are YCCK.
    (pictures / "ycck.jpg").write_bytes(marked[: end - 1] + b"\x02" + marked[end:])

    # WebP
    saved("lossy.webp", rgb, quality=80)
    saved("lossless.webp", rgb, lossless=True)
    saved("alpha.webp", rgba, quality=80)
    saved("animated.webp", rgb, save_all=True, append_images=[ImageOps.mirror(rgb)], lossless=True)
    saved("animated.gif", palette, save_all=True, append_images=[palette.rotate(90)])

    # Which way is up: three colours in three corners.
    corners = np.zeros((8, 16, 3), np.uint8)
    corners[:4, :8], corners[:4, 8:], corners[4:, :8] = (250, 20, 20), (20, 240, 30), (30, 20, 230)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"orientation-{orientation}.jpg"
        saved(name, Image.fromarray(corners), quality=95, subsampling=0, exif=exif)
        turned = ImageOps.exif_transpose(Image.open(pictures / name))
        expected[f"turned/{name}"] = np.asarray(turned)
        if orientation == 6:
            for other in "orientation-6.png", "orientation-6.webp":
                saved(other, Image.fromarray(corners), exif=exif, **({"lossless": True} if "webp" in other else {}))
                expected[f"turned/{other}"] = np.asarray(ImageOps.exif_transpose(Image.open(pictures / other)))

    # What is stored, in 8 bits.
    for path in sorted(pictures.iterdir()):
        if path.name.startswith("animated"):
            continue
        image = Image.open(path)
        image.load()
        match image.mode:
            case "I;16":
                array = np.round(np.asarray(image) / 257).astype(np.uint8)
            case "P":
                array = np.asarray(image.convert("RGBA" if "transparency" in image.info else "RGB"))
            case "L" if "transparency" in image.info:
                array = np.asarray(image.convert("LA"))
            case "1":
                array = np.asarray(image.convert("L"))
            case "CMYK" if path.name == "cmyk-without-marker.jpg":
                # Pillow takes every file for one of Adobe's, which store 255 - ink; this one does not say so.
                array = np.asarray(Image.eval(image, lambda ink: 255 - ink).convert("RGB"))
            case "CMYK":
                array = np.asarray(image.convert("RGB"))
            case _:
                array = np.asarray(image)
        if path.name == "rgb-16.png":
            # Pillow keeps the high byte.
            assert (array == deep_colours >> 8).all()
            array = np.round(deep_colours / 257).astype(np.uint8)
        expected[f"stored/{path.name}"] = array

    # Other colours, and other backgrounds.
    for name in "rgb.png", "rgba.png", "rgb-420.jpg", "palette.png":
        expected[f"grey/{name}"] = np.asarray(Image.open(pictures / name).convert("L"))
    for name, mode in ("rgba.png", "RGB"), ("grey-alpha.png", "L"), ("palette-transparent.png", "RGB"):
        image = Image.open(pictures / name)
        alpha = image.convert("RGBA").getchannel("A")
        for level, word in (255, "white"), (0, "black"):
            flat = Image.new(mode, image.size, level if mode == "L" else (level,) * 3)
            flat.paste(image.convert(mode), mask=alpha)
            expected[f"{word}/{name}"] = np.asarray(flat)

    # Other sizes: of a wide picture, and of a tall one, whose columns Pillow resizes first.
    saved("wide.png", Image.fromarray(drawing(25, 44, 3)))
    saved("tall.png", Image.fromarray(drawing(61, 14, 3)))
    saved("wide-grey.png", Image.fromarray(drawing(25, 44, 1)[..., 0]))
    saved("wide-alpha.png", Image.fromarray(drawing(25, 44, 4)))
    filters = {name: Image.Resampling[name.upper()] for name in ("nearest", "box", "bilinear", "bicubic", "lanczos")}
    for name in "wide.png", "tall.png", "wide-grey.png", "wide-alpha.png":
        image = Image.open(pictures / name)
        for height, width in SIZES[:2] if name == "wide-alpha.png" else SIZES:
            for word, filter in filters.items():
                # Larger in both directions: the two that differ most.
                if (height, width) == SIZES[2] and (word not in ("bilinear", "lanczos") or name == "wide-grey.png"):
                    continue
                made = {
                    "crop": lambda: ImageOps.fit(image, (width, height), filter),
                    "pad": lambda: ImageOps.pad(image, (width, height), filter),
                    "stretch": lambda: image.resize((width, height), filter),
                }
                for fit in FITS if (height, width) != SIZES[2] else FITS[:1]:
                    expected[f"resized/{name}/{fit}/{word}/{height}/{width}"] = np.asarray(made[fit]())

    versions = {"pillow": PIL.__version__, "libjpeg": features.version("libjpeg_turbo"), "webp": features.version("webp")}
    write(out, "pillow", expected, versions)


def make_keras(out: pathlib.Path) -> None:
    import tempfile

    import keras
    import tensorflow

    expected: dict[str, np.ndarray] = {}
    pictures = out / "pictures"
    for name in "rgb-420.jpg", "wide.png", "tall.png", "grey-16.png", "grey.jpg":
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "class").mkdir()
            (pathlib.Path(folder) / "class" / name).write_bytes((pictures / name).read_bytes())
            for height, width in SIZES[:2]:
                for fit in FITS:
                    for filter in ["bilinear", "nearest"][: 2 if (height, width) == SIZES[0] else 1]:
                        for colour, mode in ("rgb", "rgb"), ("grey", "grayscale"):
                            (image,) = keras.utils.image_dataset_from_directory(
                                folder, labels=None, color_mode=mode, batch_size=None, image_size=(height, width),
                                interpolation=filter, shuffle=False, crop_to_aspect_ratio=fit == "crop",
                                pad_to_aspect_ratio=fit == "pad", verbose=False,
                            )
                            rounded = np.floor(np.asarray(image) + 0.5).astype(np.uint8)
                            expected[f"{name}/{fit}/{filter}/{height}/{width}/{colour}"] = rounded
    write(out, "keras", expected, {"keras": keras.__version__, "tensorflow": tensorflow.__version__})


def write(out: pathlib.Path, name: str, arrays: dict[str, np.ndarray], versions: dict[str, str]) -> None:
    """Writes `[height, width, channels]` bytes a name, all in one NPZ, and the versions beside it."""
    whole = {key: array if array.ndim == 3 else array[..., None] for key, array in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **whole)
    (out / f"{name}.npz").write_bytes(buffer.getvalue())
    versions = {"python": platform.python_version(), "numpy": np.__version__, **versions}
    (out / f"{name}.versions.json").write_text(json.dumps(versions, indent=2) + "\n")
    print(f"{name}.npz: {len(whole)} arrays, {len(buffer.getvalue()):,} bytes, {versions}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("by", choices=["pillow", "keras"])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder that receives the golden files")
    arguments = parser.parse_args()
    {"pillow": make_pillow, "keras": make_keras}[arguments.by](arguments.out)
