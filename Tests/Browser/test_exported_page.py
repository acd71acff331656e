"""The page that `vae explore RUN --export` writes, opened from its file in headless Chromium."""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ROOT = pathlib.Path(__file__).resolve().parents[2]
VAE = os.environ.get("VAE", str(ROOT / ".build/release/vae"))


def chromium():
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1440,1000"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Named, so that Selenium does not look for a download.
    options.binary_location = shutil.which("chromium") or ""
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


class ExportedPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        run, cls.page = f"{cls.folder.name}/<b>run", f"{cls.folder.name}/page.html"
        codes = f"{cls.folder.name}/codes.csv"
        train = ["train", "--epochs", "1", "--limit", "2000", "--progress", "none", "--out", run]
        for arguments in [train, ["explore", run, "--export", cls.page], ["embed", run, "--limit", "20", "--out", codes]]:
            subprocess.run([VAE, *arguments], check=True, capture_output=True)
        with open(codes) as table:
            cls.means = [(row["mean_0"], row["mean_1"]) for row in csv.DictReader(table)]
        cls.driver = chromium()
        cls.addClassCleanup(cls.driver.quit)

    def test_near_images_are_called_what_they_are(self):
        """The page holds no training images: those near the probe are the test set's."""
        self.open("view=pipeline")
        self.driver.execute_script("location.hash = 'view=map'")
        WebDriverWait(self.driver, 20).until(lambda _: self.texts(".tiles figcaption"))
        self.assertIn("Nearest test images", self.texts(".panel h2"))
        self.assertNotIn("training image", self.driver.find_element(By.CSS_SELECTOR, ".tiles figure").get_attribute("title"))

    def open(self, fragment):
        self.driver.get("about:blank")
        self.driver.get(f"file://{self.page.replace('<', '%3C').replace('>', '%3E')}#{fragment}")
        WebDriverWait(self.driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, ".terms dd"))
        WebDriverWait(self.driver, 20).until(lambda d: d.find_element(By.CSS_SELECTOR, ".terms dd").text)

    def texts(self, selector):
        return [node.text for node in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def test_fetches_nothing_and_says_nothing(self):
        self.driver.get_log("performance")
        self.open("view=pipeline")
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        addresses = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        self.assertTrue(addresses)
        self.assertEqual([a for a in addresses if not a.startswith(("file://", "data:", "about:", "blob:"))], [])
        self.assertEqual(self.driver.get_log("browser"), [])

    def test_numbers_are_the_programs(self):
        self.open("view=pipeline")
        means = self.driver.execute_async_script("""
            const done = arguments[0];
            import("vae/embedded").then(async ({ EmbeddedSource }) => {
                const source = new EmbeddedSource(), { pixels } = await source.testImages;
                const images = Float32Array.from(pixels.subarray(0, 20 * 784), (value) => value / 255);
                done(Array.from((await source.encode("", "", images)).mean));
            });""")
        expected = [float(value) for row in self.means for value in row]
        self.assertEqual(len(means), len(expected))
        self.assertLess(max(abs(a - b) for a, b in zip(means, expected)), 1e-4)

    def test_a_throw_changes_the_code_and_zero_brings_it_back(self):
        self.open("view=pipeline&image=3")
        before = self.texts(".dim-sum")
        buttons = {button.text: button for button in self.driver.find_elements(By.TAG_NAME, "button")}
        buttons["Throw ε"].click()
        WebDriverWait(self.driver, 10).until(lambda _: self.texts(".dim-sum") != before)
        buttons["ε = 0"].click()
        WebDriverWait(self.driver, 10).until(lambda _: self.texts(".dim-sum") == before)

    def test_maps_are_shown_large_by_keyboard(self):
        self.open("view=pipeline")
        sheet = self.driver.find_element(By.CSS_SELECTOR, ".sheet-maps")
        self.driver.execute_script("arguments[0].focus()", sheet)
        sheet.send_keys(Keys.ARROW_RIGHT)
        lens = self.driver.find_element(By.CSS_SELECTOR, ".magnifier")
        self.assertIn("map 2 of 64", lens.text)
        sheet.send_keys(Keys.ESCAPE)
        self.assertFalse(lens.is_displayed())

    def test_decodes_within_ten_milliseconds(self):
        self.open("view=pipeline")
        fastest = self.driver.execute_async_script("""
            const done = arguments[0];
            import("vae/embedded").then(({ EmbeddedSource }) => {
                const { engine } = new EmbeddedSource(), z = new Float32Array(2), times = [];
                for (let i = 0; i < 200; i += 1) {
                    const start = performance.now();
                    engine.decode(z);
                    times.push(performance.now() - start);
                }
                done(times.sort((a, b) => a - b)[20]);
            });""")
        self.assertLess(fastest, 10)

    def test_a_runs_name_stays_text(self):
        self.open("view=pipeline")
        self.assertEqual(self.driver.find_element(By.CSS_SELECTOR, "#run option").text, "<b>run")
        self.assertEqual(self.driver.find_elements(By.CSS_SELECTOR, "#run b, header b"), [])


if __name__ == "__main__":
    unittest.main()
