"""The explorer's page, served by the built vae-explore, in headless Chromium."""

import pathlib
import re
import time
import unittest
import urllib.request

from axe_selenium_python import Axe
from browser import BrowserTest, Explorer, train
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

VIEWS = {"map": ".map-ground", "pipeline": ".terms dd", "training": ".chart", "compare": ".columns .plot"}
HERE = ".here > canvas"


class MapTests(BrowserTest):
    def ready(self, fragment="view=map"):
        self.open(fragment)
        self.until(lambda: "test images" in self.find(".map-note").text, "the codes")
        self.until(lambda: self.find(".probe").is_displayed(), "the probe")
        self.until(lambda: self.driver.execute_script(
            "const c = document.querySelector(arguments[0]), blank = document.createElement('canvas');"
            "[blank.width, blank.height] = [c.width, c.height]; return c.toDataURL() !== blank.toDataURL()", ".lens canvas"),
            "the probe's picture")

    def test_dragging_the_probe_changes_the_picture(self):
        self.ready()
        probe = self.find(".probe")
        self.changes(HERE, lambda: ActionChains(self.driver).drag_and_drop_by_offset(probe, 160, -90).perform())
        self.until(lambda: "z=" in self.driver.current_url, "the probe's place in the URL")

    def test_keys_move_the_probe_and_the_view(self):
        self.ready()
        probe, ground = self.find(".probe"), self.find(".map-ground")
        self.changes(HERE, lambda: probe.send_keys(*[Keys.ARROW_LEFT] * 12))
        self.changes(".map canvas.layer:nth-of-type(2)", lambda: ground.send_keys("+"))
        self.until(lambda: "zoom=" in self.driver.current_url, "the zoom in the URL")

    def test_the_wheel_zooms(self):
        self.ready()
        ground = self.find(".map-ground")
        wheel = ActionChains(self.driver).scroll_from_origin(ScrollOrigin.from_element(ground), 0, -300)
        self.changes(".map canvas.layer:nth-of-type(2)", wheel.perform)

    def test_a_test_image_is_shown_with_its_numbers(self):
        self.ready()
        field = self.find("input[aria-label='Number of a test image']")
        field.send_keys("7", Keys.ENTER)
        self.until(lambda: "σ" in self.find(".panel .card").text and "loss" in self.find(".panel .card").text, "its numbers")

    def test_the_legend_hides_a_class(self):
        self.ready()
        first = self.find(".legend button")
        self.changes(".map canvas.layer:nth-of-type(2)", first.click)
        self.assertEqual(first.get_attribute("aria-pressed"), "false")
        self.until(lambda: "hidden=0" in self.driver.current_url, "the hidden class in the URL")

    def test_the_url_brings_everything_back(self):
        self.ready("view=map&z=1.25,-0.5&grid=on&hidden=1,7&zoom=90&centre=0.5,0.25")
        facts = [node.text for node in self.driver.find_elements(By.CSS_SELECTOR, ".here .facts dd")]
        self.assertIn("1.25", facts[0])
        self.assertIn("0.50", facts[1])
        pressed = [b.get_attribute("aria-pressed") for b in self.driver.find_elements(By.CSS_SELECTOR, ".legend button")]
        self.assertEqual([i for i, p in enumerate(pressed) if p == "false"], [1, 7])
        self.assertEqual(self.button("Decoded lattice").get_attribute("aria-pressed"), "true")

    def test_a_drawing_lands_on_the_map(self):
        self.ready("view=map&panel=draw")
        pad = self.find(".pad-canvas")
        ActionChains(self.driver).move_to_element_with_offset(pad, 0, -70).click_and_hold().move_by_offset(0, 140).release().perform()
        self.until(lambda: "%" in self.find(".panel").text and self.find(".meter").is_displayed(), "how unlikely it is")

    def test_a_picture_file_lands_on_the_map(self):
        self.ready("view=map&panel=draw")
        image = pathlib.Path(self.folder / "digit.png")
        image.write_bytes(urllib.request.urlopen(f"{self.explorer.url}/api/runs/small/images/test/3").read())
        self.find("input[type=file]").send_keys(str(image))
        self.until(lambda: self.find(".meter").is_displayed(), "how unlikely it is")

    def test_two_pins_make_a_way(self):
        self.ready()
        pin = self.button("Pin here")
        pin.click()
        self.find(".probe").send_keys(*[Keys.ARROW_RIGHT] * 15)
        pin.click()
        self.until(lambda: self.driver.execute_script("return location.hash").count("anchors") == 1, "the anchors in the URL")
        self.driver.find_element(By.ID, "tab-between").click()
        self.until(lambda: self.find(".path canvas").is_displayed() and self.find(".path canvas").size["width"] > 100, "the strip")

    def test_a_lost_server_is_told_and_comes_back(self):
        self.ready()
        port = self.explorer.port
        self.explorer.stop()
        self.until(lambda: self.find("#banner").is_displayed(), "the banner")
        type(self).explorer = Explorer(self.folder, port)
        self.until(lambda: not self.find("#banner").is_displayed(), "the end of the banner")
        self.changes(HERE, lambda: self.find(".probe").send_keys(*[Keys.ARROW_UP] * 10))
        # The browser itself names the requests that nobody answered.
        lost = [line["message"] for line in self.driver.get_log("browser")]
        self.assertTrue(all("ERR_" in line for line in lost), lost)


class RunTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "small", "--keep-epochs", epochs=3)
        train(folder / "plain", "--plain-autoencoder")
        (folder / "foreign").mkdir()

    def test_the_slider_goes_back_through_the_checkpoints(self):
        self.open("view=training&run=small", ".chart")
        slider = self.find("input[aria-label='Checkpoint']")
        self.until(lambda: slider.get_attribute("aria-valuetext") == "epoch 3", "the last epoch")
        self.until(lambda: self.driver.execute_script(
            "const c = document.querySelector('.plot canvas'); return c.width > 100"), "the map")
        self.changes(".pairs", lambda: slider.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT))
        self.assertEqual(slider.get_attribute("aria-valuetext"), "epoch 1")

    def test_a_training_appears_while_it_runs(self):
        self.open("view=training&run=small", ".chart")
        train(self.folder / "late", epochs=1)
        self.until(lambda: "late" in [o.text.split(" ")[0] for o in Select(self.find("#run")).options], "the new run")

    def test_a_page_that_was_hidden_catches_up(self):
        self.open("view=training&run=small", ".chart")
        self.driver.execute_script("dispatchEvent(new PageTransitionEvent('pagehide'))")
        self.until(lambda: self.streams() == 0, "the end of the stream")
        train(self.folder / "unseen", epochs=1)
        time.sleep(2)
        self.assertNotIn("unseen", self.find("#run").text)
        self.driver.execute_script("dispatchEvent(new PageTransitionEvent('pageshow'))")
        self.until(lambda: "unseen" in self.find("#run").text, "the new run")

    def test_pages_left_behind_hold_no_connection(self):
        """A browser keeps six to a host: the seventh page would wait for ever."""
        for _ in range(8):
            self.open("view=training&run=small", ".chart")
        self.until(lambda: self.streams() <= 1, "the end of the other streams")

    def streams(self):
        """Event streams that the server has open."""
        metrics = urllib.request.urlopen(f"{self.explorer.url}/metrics").read().decode()
        return int(float(re.search(r"^vae_event_streams (\S+)", metrics, re.MULTILINE)[1]))

    def test_runs_stand_side_by_side(self):
        self.open("view=compare&run=small", ".columns .plot")
        self.until(lambda: len(self.driver.find_elements(By.CSS_SELECTOR, ".columns section")) == 2, "both runs")
        self.assertIn("plain_autoencoder", self.find(".table-box").text)
        self.assertIn("plain", [h.text for h in self.driver.find_elements(By.CSS_SELECTOR, ".columns h2")])

    def test_a_foreign_folder_is_listed_and_ends_nothing(self):
        self.open("view=map&run=small")
        foreign = next(o for o in Select(self.find("#run")).options if o.text.startswith("foreign"))
        self.assertFalse(foreign.is_enabled())

    def test_the_pipeline_follows_a_throw(self):
        self.open("view=pipeline&run=small", ".dim-sum")
        self.until(lambda: self.find(".terms dd").text not in ("", "–"), "the losses")
        before = self.find(".dim-sum").text
        self.button("Throw ε").click()
        self.until(lambda: self.find(".dim-sum").text != before, "another draw")


class Accessibility(BrowserTest):
    """axe finds no serious fault in any view."""

    def check(self):
        for view, mark in VIEWS.items():
            with self.subTest(view=view, theme=self.theme):
                self.open(f"view={view}", mark)
                time.sleep(1)
                axe = Axe(self.driver)
                axe.inject()
                violations = axe.run()["violations"]
                serious = [v for v in violations if v["impact"] in ("serious", "critical")]
                self.assertEqual([(v["id"], [n["html"][:120] for n in v["nodes"][:4]]) for v in serious], [])

    def test_light(self):
        self.check()


class DarkAccessibility(Accessibility):
    theme = {"dark": True}


class PhoneTests(BrowserTest):
    theme = {"width": 390, "height": 844}

    def test_nothing_is_wider_than_the_screen(self):
        for view, mark in VIEWS.items():
            with self.subTest(view=view):
                self.open(f"view={view}", mark)
                self.assertLessEqual(self.driver.execute_script("return document.documentElement.scrollWidth"), 390)


if __name__ == "__main__":
    unittest.main()
