"""What `vae embed`, `vae encode` and `vae decode` write and read, beside the programs that it is meant for.

    python Interop/check_embeddings.py .build/release/vae

Trains a small run, writes its codes in every form, and reads them with NumPy, pandas, PyArrow, DuckDB, TensorBoard's
projector plugin and embedding-atlas: all must give the same numbers, to the bit. Then codes that pandas and NumPy write
become pictures. Prints versions and, of each form, who read it.
"""

import argparse
import importlib.metadata
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from formats_table import Row, record

LATENT = 3
IMAGES = 1200
PACKAGES = ["numpy", "pandas", "pyarrow", "duckdb", "tensorboard", "embedding-atlas", "pillow"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vae", type=pathlib.Path)
    vae = parser.parse_args().vae.resolve()
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def run(*arguments: str) -> str:
            return subprocess.run([vae, *arguments], check=True, capture_output=True, text=True).stdout

        run("train", "--limit", "256", "--epochs", "1", "--latent", str(LATENT), "--no-figures", "--out", "run")
        for ending in ["csv", "npz", "parquet"]:
            run("embed", "run", "--limit", str(IMAGES), "--out", f"codes.{ending}")
        run("embed", "run", "--limit", str(IMAGES), "--format", "projector", "--out", "projector")
        check_golden()
        table = check_tables()
        check_projector(table)
        check_atlas(table)
        check_decoding(run, table)

    def of(*names: str) -> str:
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)

    # Each check above compares every value by ==.
    codes = f"codes and losses of {IMAGES} images"
    record(
        "embeddings",
        Row("CSV of codes", "out", of("pandas", "duckdb", "embedding-atlas"), None, codes),
        Row("NPZ of codes", "out", of("numpy"), None, codes),
        Row("Parquet of codes", "out", of("pandas", "pyarrow", "duckdb", "embedding-atlas"), None, codes),
        Row("Projector folder", "out", of("tensorboard"), None, f"codes, labels and sprites of {IMAGES} images"),
        Row("CSV of codes", "in", of("pandas"), None, "pictures of 20 codes"),
        Row("NPZ of codes", "in", of("numpy"), None, "pictures of 20 codes"),
        Row("PNG, JPEG", "in", of("pillow"), None, "codes of a picture as Pillow prepares it"),
    )


def check_tables() -> pd.DataFrame:
    """Every form holds the same table; NumPy's archive has vectors as one array."""
    schema = pq.read_schema("codes.parquet")
    types = {name: str(schema.field(name).type) for name in schema.names}
    expected = {"index": "int64", "label": "int64", "class": "string"}
    for stem in ["mean", "sigma"]:
        expected |= {f"{stem}_{place}": "float" for place in range(LATENT)}
    expected |= {name: "float" for name in ["reconstruction_loss", "kl_loss", "loss", "score"]}
    assert types == expected, types
    table = pd.read_parquet("codes.parquet")
    assert len(table) == IMAGES and list(table["index"]) == list(range(IMAGES))
    assert pq.ParquetFile("codes.parquet", page_checksum_verification=True).read().num_rows == IMAGES
    print(f"Parquet: pandas, PyArrow with page checksums; {IMAGES} rows, {len(types)} columns")

    found = duckdb.sql("select * from 'codes.parquet' order by \"index\"").df()
    assert list(found.columns) == list(table.columns)
    for name in table.columns:
        assert (found[name].to_numpy() == table[name].to_numpy()).all(), name
    mean = duckdb.sql("select avg(loss::double) from 'codes.parquet'").fetchall()[0][0]
    assert abs(mean - float(table["loss"].astype("float64").mean())) < 1e-9 * abs(mean)
    print("Parquet: DuckDB, the same values")

    for reader, text in [
        ("pandas", pd.read_csv("codes.csv", dtype={name: "float32" for name, kind in types.items() if kind == "float"})),
        ("DuckDB", duckdb.sql("select * from read_csv('codes.csv', header = true)").df()),
    ]:
        assert list(text.columns) == list(table.columns), reader
        for name, kind in types.items():
            values = text[name].astype("float32" if kind == "float" else "int64").to_numpy()
            assert (values == table[name].astype(values.dtype).to_numpy()).all(), (reader, name)
        print(f"CSV: {reader}, the same values to the bit")

    arrays = np.load("codes.npz", allow_pickle=False)
    assert arrays["mean"].shape == (IMAGES, LATENT) and arrays["mean"].dtype == np.float32
    assert arrays["label"].dtype == np.int64 and arrays["class"].dtype.kind == "U"
    for stem in ["mean", "sigma"]:
        columns = table[[f"{stem}_{place}" for place in range(LATENT)]].to_numpy()
        assert (arrays[stem] == columns).all(), stem
    for name in ["index", "label", "class", "reconstruction_loss", "kl_loss", "loss", "score"]:
        assert (arrays[name] == table[name].to_numpy()).all(), name
    print("NPZ: NumPy, the same values to the bit")
    assert (arrays["sigma"] > 0).all() and np.allclose(
        arrays["loss"], arrays["reconstruction_loss"] + arrays["kl_loss"], rtol=1e-6)
    return table


def check_golden() -> None:
    """The small file that `TableTests` compares with."""
    golden = str(pathlib.Path(__file__).resolve().parent.parent / "Tests/FormatsTests/Goldens/table.parquet")
    rows = [
        (0, 'a,"b"', 1.0, -2.5, np.float32(0.1)), (-1, "é\n", np.float32(1e-10), np.inf, np.nan),
        (2**63 - 1, "", 0.0, -0.0, 16777216.0)]
    expected = pd.DataFrame(rows, columns=["index", "name", "mean_0", "mean_1", "loss"]).astype(
        {"mean_0": "float32", "mean_1": "float32", "loss": "float32"})
    for found in [
        pd.read_parquet(golden), duckdb.sql(f"select * from '{golden}'").df(),
        pq.ParquetFile(golden, page_checksum_verification=True).read().to_pandas(),
    ]:
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
        assert np.signbit(found["mean_1"][2])
    print("the golden file: pandas, PyArrow with page checksums, DuckDB")


def check_projector(table: pd.DataFrame) -> None:
    """The folder is a run of TensorBoard's plugin, which serves every part of it."""
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.projector import projector_plugin
    from werkzeug import Request
    from werkzeug.test import Client
    from werkzeug.wrappers import Response

    folder = os.path.abspath("projector")
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    context = base_plugin.TBContext(
        logdir=folder, multiplexer=multiplexer,
        data_provider=data_provider.MultiplexerDataProvider(multiplexer, folder))
    routes = projector_plugin.ProjectorPlugin(context).get_plugin_apps()

    def ask(route: str, **query: str) -> bytes:
        response = Client(routes[route], Response).get("/", query_string=query)
        assert response.status_code == 200, (route, response.get_data())
        return response.get_data()

    runs = json.loads(ask("/runs"))
    assert runs == ["."], runs
    (embedding,) = json.loads(ask("/info", run="."))["embeddings"]
    assert embedding["tensorShape"] == [IMAGES, LATENT], embedding
    name = embedding["tensorName"]
    tensor = np.frombuffer(ask("/tensor", run=".", name=name), dtype=np.float32).reshape(IMAGES, LATENT)
    assert (tensor == table[[f"mean_{place}" for place in range(LATENT)]].to_numpy()).all()
    lines = ask("/metadata", run=".", name=name).decode().split("\n")
    assert lines[0] == "index\tlabel" and lines[-1] == "" and len(lines) == IMAGES + 2
    assert [line.split("\t") for line in lines[1:-1]] == [
        [str(index), label] for index, label in zip(table["index"], table["class"])]
    sprite = Image.open(io.BytesIO(ask("/sprite_image", run=".", name=name)))
    side = int(np.ceil(np.sqrt(IMAGES)))
    dimensions = embedding["sprite"]["singleImageDim"]
    rows = -(-IMAGES // side)
    assert dimensions == [28, 28] and sprite.size == (28 * side, 28 * rows), (dimensions, sprite.size)
    print(f"projector folder: TensorBoard's plugin, \"{name}\", sprite {sprite.size[0]} × {sprite.size[1]}")


def check_atlas(table: pd.DataFrame) -> None:
    """The loader of embedding-atlas finds the columns that its map needs."""
    from embedding_atlas.cli import load_datasets

    for name in ["codes.parquet", "codes.csv"]:
        found = load_datasets([os.path.abspath(name)])
        assert len(found) == IMAGES
        for column in ["mean_0", "mean_1", "loss"]:
            assert (found[column].to_numpy().astype("float32") == table[column].to_numpy()).all()
        print(f"{name}: embedding-atlas")
    assert str(load_datasets([os.path.abspath("codes.parquet")])["class"].dtype) in ("str", "object")


def check_decoding(run, table: pd.DataFrame) -> None:
    """Codes in files of pandas and NumPy become the pictures that `vae` makes of its own."""
    few = table.head(20)
    columns = [f"mean_{place}" for place in range(LATENT)]
    few.to_csv("whole.csv", index=False)
    few[columns].rename(columns=lambda name: name.replace("mean_", "z")).to_csv("z.csv")
    few[columns].to_csv("bare.csv", index=False, header=False)
    np.savez_compressed("some.npz", z=few[columns].to_numpy(dtype="float64"), names=few["class"].to_numpy(dtype=str))
    np.savez("one.npz", np.asfortranarray(few[columns].to_numpy()))
    pictures = {}
    for name in ["codes.npz", "whole.csv", "z.csv", "bare.csv", "some.npz", "one.npz"]:
        run("decode", "run", name, "--out", f"pictures-{name}")
        files = sorted(pathlib.Path(f"pictures-{name}").iterdir())[: len(few)]
        pictures[name] = [np.asarray(Image.open(path)) for path in files]
        assert all((one == other).all() for one, other in zip(pictures[name], pictures["codes.npz"])), name
        assert pictures[name][0].shape == (28, 28) and pictures[name][0].dtype == np.uint8
    print("decode: CSV of pandas with names, with z0 …, with an index, bare; NPZ of NumPy in float64, compressed, column-major")
    run("encode", "run", "pictures-z.csv", "--out", "again.parquet")
    again = pd.read_parquet("again.parquet")
    assert list(again["name"]) == [f"pictures-z.csv/{place:04}.png" for place in range(len(few))]
    print("encode: PNG files that were decoded")

    # What Pillow makes of a colour photograph beside what `vae` makes of it.
    colours = np.add.outer(np.arange(60) * 3, np.arange(90) * 2)[..., None] * np.array([1, 2, 3]) % 256
    Image.fromarray(colours.astype("uint8")).save("photo.jpg", quality=90)
    fitted = ImageOps.fit(Image.open("photo.jpg").convert("L"), (28, 28), Image.Resampling.BILINEAR)
    fitted.save("fitted.png")
    run("encode", "run", "photo.jpg", "fitted.png", "--out", "both.csv")
    both = pd.read_csv("both.csv")
    assert (both.loc[0, columns] == both.loc[1, columns]).all() and both.loc[0, "loss"] == both.loc[1, "loss"]
    print("encode: a JPEG as Pillow's convert and ImageOps.fit make it")


if __name__ == "__main__":
    sys.exit(main())
