"""What the browser tests share: headless Chromium, a small trained run, a served explorer."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VAE_BUILD", ROOT / ".build/release"))
VAE, EXPLORER = str(BUILD / "vae"), str(BUILD / "vae-explore")
PATIENCE = 30


def chromium(width=1440, height=1000, dark=False):
    """A headless Chromium that keeps its console's lines and what it fetched."""
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={width},{height}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Named, so that Selenium does not look for a download.
    options.binary_location = shutil.which("chromium") or ""
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
    return driver


def fetched(driver):
    """Every address that was asked for since the last call."""
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def train(out, *more, epochs=1, limit=2000):
    """A small run, in a second or two."""
    arguments = ["train", "--epochs", str(epochs), "--limit", str(limit), "--progress", "none", "--no-figures", "--out", out]
    subprocess.run([VAE, *arguments, *more], check=True, capture_output=True, timeout=300)


class Explorer:
    """A served explorer of a folder of runs, on a port that the system chooses or the one given."""

    def __init__(self, folder, port=0):
        self.process = subprocess.Popen(
            [EXPLORER, "explore", str(folder), "--port", str(port), "--no-open", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"].rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()


class BrowserTest(unittest.TestCase):
    """A folder of its own with runs, an explorer and a browser, for all tests of a class."""

    theme = {"dark": False}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.make_runs(cls.folder)
        cls.explorer = Explorer(cls.folder)
        cls.addClassCleanup(lambda: cls.explorer.stop())
        cls.driver = chromium(**cls.theme)
        cls.addClassCleanup(cls.driver.quit)

    @classmethod
    def make_runs(cls, folder):
        train(folder / "small", "--keep-epochs", epochs=2)

    def setUp(self):
        # What the test before has left open asks no more.
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        fetched(self.driver)

    def tearDown(self):
        """Nothing is said on the console, nothing is asked of another machine."""
        self.assertEqual([line["message"] for line in self.driver.get_log("browser")], [])
        own = (self.explorer.url, "data:", "blob:", "about:", "chrome:")
        self.assertEqual([address for address in fetched(self.driver) if not address.startswith(own)], [])

    def open(self, fragment="view=map", wait_for=".map-ground"):
        self.driver.get("about:blank")
        self.driver.get(f"{self.explorer.url}/#{fragment}")
        self.find(wait_for)

    def find(self, selector):
        self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector))
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def button(self, words):
        path = f"//button[normalize-space()='{words}']"
        self.until(lambda: self.driver.find_elements(By.XPATH, path))
        return self.driver.find_element(By.XPATH, path)

    def until(self, condition, words="what was waited for"):
        # An element may be drawn anew while the condition reads it: it is asked again, no longer than before.
        redrawn = (NoSuchElementException, StaleElementReferenceException)
        wait = WebDriverWait(self.driver, PATIENCE, ignored_exceptions=redrawn)
        wait.until(lambda _: condition(), f"{words} did not come")

    def picture(self, selector):
        """A canvas's pixels, as a PNG."""
        data = self.driver.execute_script("return document.querySelector(arguments[0]).toDataURL()", selector)
        return base64.b64decode(data.split(",")[1])

    def changes(self, selector, action):
        """Does something and waits until a canvas shows another picture."""
        before = self.picture(selector)
        action()
        self.until(lambda: self.picture(selector) != before, f"another picture in {selector}")
