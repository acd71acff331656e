"""How the explorer's page fits the screens that there are, from a telephone to 3840 × 2160."""

import json
import unittest

from browser import BrowserTest, chromium, train
from selenium.webdriver.common.action_chains import ActionChains

VIEWS = {
    "map": ("view=map", ".here > canvas"), "between": ("view=map&panel=between&anchors=-2,-1;2.3,1.2;1,-1", ".path canvas"),
    "draw": ("view=map&panel=draw", ".pad-canvas"), "sample": ("view=map&panel=sample", ".tiles canvas"),
    "map of eight": ("view=map&run=eight", ".sliders input"), "pipeline": ("view=pipeline", ".terms dd"),
    "pipeline of eight": ("view=pipeline&run=eight", ".terms dd"), "training": ("view=training", ".chart"),
    "compare": ("view=compare", ".columns .plot"), "six runs": ("view=compare&runs=small,eight,plain,one,two,three", ".columns .plot"),
}
SIZES = [(360, 780), (768, 1024), (1440, 900), (3840, 2160)]
SHORTEST = 300


class LayoutTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "small", "--keep-epochs", epochs=2, limit=SHORTEST)
        train(folder / "eight", "--latent", "8", "--likelihood", "bernoulli", limit=SHORTEST)
        train(folder / "plain", "--plain-autoencoder", limit=SHORTEST)
        for name, beta in [("one", "0.1"), ("two", "2"), ("three", "4")]:
            train(folder / name, "--beta", beta, limit=SHORTEST)

    def resize(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, fragment="view=map", wait_for=".map-ground"):
        super().open(fragment if "run=" in fragment else f"{fragment}&run=small", wait_for)

    def measure(self, script):
        return self.driver.execute_script(f"return {script}")

    def test_nothing_is_wider_than_the_screen(self):
        for width, height in SIZES:
            self.resize(width, height)
            for name, (fragment, mark) in VIEWS.items():
                with self.subTest(view=name, width=width):
                    self.open(fragment, mark)
                    if name == "six runs":
                        self.until(lambda: len(self.driver.find_elements("css selector", ".columns section")) == 6, "six runs")
                    self.assertLessEqual(self.measure("document.documentElement.scrollWidth"), width)

    def test_the_first_hover_moves_nothing(self):
        for width, height in [(1440, 900), (360, 780)]:
            with self.subTest(width=width):
                self.resize(width, height)
                self.open("view=map&run=eight", ".sliders input")
                self.until(lambda: "test images" in self.find(".map-note").text, "the codes")
                self.until(lambda: self.find(".tiles figure").is_displayed() if width > 1000 else True, "the neighbours")
                places = ("[document.documentElement.scrollHeight, ...[...document.querySelectorAll('.panel h2')]"
                          ".map((node) => node.getBoundingClientRect().top)]")
                before = self.measure(places)
                if width > 1000:
                    self.assertLessEqual(before[0], height)
                self.driver.execute_script(
                    "const ground = document.querySelector('.map-ground'), box = ground.getBoundingClientRect();"
                    "for (let y = 60; y < box.height; y += 40) for (let x = 20; x < box.width; x += 40)"
                    "  for (const type of ['pointerrawupdate', 'pointermove'])"
                    "    ground.dispatchEvent(new PointerEvent(type, { clientX: box.left + x, clientY: box.top + y, pointerType: 'mouse' }))")
                self.until(lambda: self.measure("performance.now()") > 0)
                self.assertEqual(self.measure(places), before)

    def test_letters_grow_with_the_screen(self):
        """The smallest letters of a view, as a part of the screen's width; a page of pixels had 11 of 3840."""
        smallest = ("Math.min(...[...document.querySelectorAll('body *')].filter((node) => node.checkVisibility() && !node.closest('.unseen, svg')"
                    " && [...node.childNodes].some((part) => part.nodeType === 3 && part.data.trim()))"
                    ".map((node) => parseFloat(getComputedStyle(node).fontSize)))")
        for width, height in SIZES:
            self.resize(width, height)
            for name, (fragment, mark) in VIEWS.items():
                with self.subTest(view=name, width=width):
                    self.open(fragment, mark)
                    self.assertGreaterEqual(self.measure(smallest), 19 if width == 3840 else 11)

    def test_letters_of_charts_are_no_smaller_than_others(self):
        scale = "(() => { const chart = document.querySelector('.chart'); return chart.clientWidth / chart.viewBox.baseVal.width; })()"
        for width, height in SIZES:
            with self.subTest(width=width):
                self.resize(width, height)
                self.open("view=training", ".chart")
                self.assertGreaterEqual(11 * self.measure(scale), 19 if width == 3840 else 10.5)

    def test_the_pipeline_uses_a_wide_screen(self):
        self.resize(3840, 2160)
        self.open("view=pipeline", ".terms dd")
        used = self.measure("document.querySelector('.step-output').getBoundingClientRect().right"
                            " - document.querySelector('.step-input').getBoundingClientRect().left")
        self.assertGreater(used, 0.85 * 3840)


class FirstVisitTests(BrowserTest):
    def test_takes_less_than_two_megabytes(self):
        driver = chromium()
        self.addCleanup(driver.quit)
        type(self).driver, kept = driver, self.driver
        try:
            self.open("view=map")
            self.until(lambda: self.find(".tiles figure").is_displayed(), "the neighbours")
            events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        finally:
            type(self).driver = kept
        finished = [e["params"]["encodedDataLength"] for e in events if e["method"] == "Network.loadingFinished"]
        self.assertGreater(len(finished), 20)
        self.assertLess(sum(finished), 2_000_000)
        wanted = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        # The neighbours come on one sheet; no whole set comes.
        self.assertEqual([url.count(",") for url in wanted if "/images?" in url], [7])


if __name__ == "__main__":
    unittest.main()
