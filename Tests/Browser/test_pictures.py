"""Runs of picture folders: colours, class and file names, any ratio, with and without labels."""

import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zlib

from browser import VAE, BrowserTest, chromium, train
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

HEIGHT, WIDTH = 24, 16
CLASSES = {"class 2": (200, 40, 30), "class 10": (30, 180, 60), "<b>bold</b>": (40, 60, 220)}
FIGURES = ".card figure:first-child canvas"


def pixels(colour, number):
    """Another picture for each number: two colours, parted at another line."""
    line = 2 + number % (HEIGHT - 4)
    rows = [[tuple((part + 3 * number) % 256 for part in colour) if y < line else (10, 20, number % 200) for _ in range(WIDTH)]
            for y in range(HEIGHT)]
    return [value for row in rows for pixel in row for value in pixel]


def png(values):
    """A picture file as any program may write it."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    stride = 3 * WIDTH
    rows = b"".join(b"\0" + bytes(values[y * stride:(y + 1) * stride]) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class PictureTests(BrowserTest):
    """A run of RGB pictures in three classes, and one of the same without."""

    @classmethod
    def make_runs(cls, folder):
        other = tempfile.TemporaryDirectory()
        cls.addClassCleanup(other.cleanup)
        cls.pictures = pathlib.Path(other.name) / "pictures"
        # The programs keep what they decode; what the person running this keeps is not touched.
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = f"{other.name}/cache"
        cls.addClassCleanup(lambda: os.environ.pop("XDG_CACHE_HOME") if before is None else os.environ.update(XDG_CACHE_HOME=before))
        (cls.pictures / "flat").mkdir(parents=True)
        for number, (name, colour) in enumerate(list(CLASSES.items()) * 40):
            for place in ["classes/" + name.replace("</b>", ""), "flat"]:
                path = cls.pictures / place / f"ö {number:03d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png(pixels(colour, number)))
        train(folder / "classes", str(cls.pictures / "classes"), "--recipe", "mlp", "--latent", "2")
        train(folder / "flat", str(cls.pictures / "flat"), "--recipe", "mlp", "--latent", "2")

    def ready(self, run, more=""):
        self.open(f"view=map&run={run}{more}")
        self.until(lambda: "12 test images" in self.find(".map-note").text, "the codes")

    def drawn(self, selector):
        """The colours on a canvas, without alpha."""
        return self.driver.execute_script(
            "const c = document.querySelector(arguments[0]), copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });"
            "copy.drawImage(c, 0, 0); const { data } = copy.getImageData(0, 0, c.width, c.height);"
            "return [c.width, c.height, Array.from(data).filter((_, index) => index % 4 < 3)]", selector)

    def stored(self, run, name):
        """The colours of a picture file, by the name that the page shows."""
        path = self.pictures / run / name
        number = int(path.stem.split(" ")[1])
        return pixels(list(CLASSES.values())[number % 3], number)

    def check_image(self, run, place):
        field = self.find("input[aria-label='Number of a test image']")
        field.clear()
        field.send_keys(str(place), Keys.ENTER)
        self.until(lambda: self.find(".file").text, "the file's name")
        expected = [WIDTH, HEIGHT, self.stored(run, self.find(".file").text)]
        self.until(lambda: self.drawn(FIGURES) == expected, "the image itself")

    def test_classes_have_names(self):
        self.ready("classes")
        # Numbers within names come in their order, and no name becomes markup.
        self.assertEqual(sorted(node.text for node in self.driver.find_elements(By.CSS_SELECTOR, ".legend button")),
                         sorted(name.replace("</b>", "") for name in CLASSES))
        self.assertEqual(self.driver.find_elements(By.CSS_SELECTOR, "main b"), [])
        self.until(lambda: self.find(".tiles figcaption").text, "the neighbours")
        self.assertIn("class", self.find(".tiles figure").get_attribute("title"))
        self.assertIn(".png", self.find(".tiles figure").get_attribute("title"))

    def test_an_image_is_its_file(self):
        self.ready("classes")
        for place in (0, 5, 11):
            with self.subTest(place=place):
                self.check_image("classes", place)

    def test_without_labels_there_is_no_legend(self):
        self.ready("flat")
        self.assertFalse(self.driver.find_element(By.CSS_SELECTOR, ".legend").is_displayed())
        self.check_image("flat", 3)
        self.assertNotIn("label", self.find(".card .facts").text)
        self.until(lambda: self.find(".tiles figcaption").text.startswith("#"), "numbers in place of names")

    def test_a_picture_file_is_seen_as_the_training_pictures_were(self):
        self.ready("classes", "&panel=draw")
        path = self.pictures / "new.png"
        path.write_bytes(png(pixels((90, 120, 200), 7)))
        self.find("input[type=file]").send_keys(str(path))
        self.until(lambda: self.find(".meter").is_displayed(), "how unlikely it is")
        self.assertEqual(self.drawn(".pad-side canvas"), [WIDTH, HEIGHT, pixels((90, 120, 200), 7)])

    def test_no_view_is_wider_than_the_window(self):
        for view, mark in {"map&grid=on": ".map-ground", "pipeline": ".terms dd", "training": ".chart", "compare": ".columns .plot"}.items():
            for run in ("classes", "flat"):
                with self.subTest(view=view, run=run):
                    self.open(f"view={view}&run={run}", mark)
                    self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth - innerWidth"), 0)

    def test_what_is_decoded_comes_as_png(self):
        self.ready("classes", "&panel=sample&grid=on")
        self.until(lambda: self.decodings(), "the samples")
        kinds = self.decodings()
        self.assertEqual(kinds, ["image/png"] * len(kinds))

    def decodings(self):
        """The media types of what was decoded since the last call."""
        self.known = getattr(self, "known", []) + [
            e["params"]["response"]["mimeType"] for e in self.network()
            if e["method"] == "Network.responseReceived" and "/api/decode" in e["params"]["response"]["url"]]
        return self.known

    def network(self):
        return [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]

    def test_an_exported_page_holds_names_and_images(self):
        page = self.folder / "page.html"
        subprocess.run([VAE, "explore", str(self.folder / "classes"), "--export", str(page)], check=True, capture_output=True)
        kept, driver = self.driver, chromium()
        self.addCleanup(driver.quit)
        type(self).driver = driver
        try:
            driver.get(f"file://{page}#view=map")
            self.until(lambda: "12 test images" in self.find(".map-note").text, "the codes")
            self.assertEqual(len(driver.find_elements(By.CSS_SELECTOR, ".legend button")), 3)
            self.check_image("classes", 4)
            self.assertEqual([line["message"] for line in driver.get_log("browser")], [])
        finally:
            type(self).driver = kept


if __name__ == "__main__":
    unittest.main()
