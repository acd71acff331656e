"""What the explorer's page says of runs: how they train, what was kept of them, what can be compared."""

import json
import re
import signal
import subprocess
import types
import unittest
import urllib.request

from browser import VAE, BrowserTest, Explorer, train
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SHORT = 300


class KeptEpochTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "thinned", "--keep-epochs", epochs=6, limit=SHORT)
        for path in (folder / "thinned" / "checkpoints").iterdir():
            if path.name in ("epoch-0004.safetensors", "epoch-0005.safetensors"):
                path.unlink()
        train(folder / "single", epochs=2, limit=SHORT)
        for path in (folder / "single" / "checkpoints").iterdir():
            if path.name.startswith("epoch-"):
                path.unlink()

    def test_the_slider_stops_at_the_epochs_that_were_kept(self):
        self.open("view=training&run=thinned", ".chart")
        slider = self.find("input[aria-label='Checkpoint']")
        self.until(lambda: slider.get_attribute("aria-valuetext") == "epoch 6", "the last epoch")
        self.assertEqual([stop.text for stop in self.driver.find_elements(By.CSS_SELECTOR, ".stops span")], ["1", "2", "3", "6"])
        slider.send_keys(Keys.ARROW_LEFT)
        self.assertEqual(slider.get_attribute("aria-valuetext"), "epoch 3")

    def test_one_epoch_alone_has_no_slider_and_says_why(self):
        self.open("view=training&run=single", ".chart")
        self.assertFalse(self.find(".player").is_displayed())
        self.assertIn("only the weights of one epoch are kept", self.find("main").text)


class CompareTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "squares", limit=SHORT)
        train(folder / "again", "--seed", "3", limit=SHORT)
        train(folder / "nats", "--likelihood", "bernoulli", limit=SHORT)

    def charts(self):
        return [(section.find_element(By.TAG_NAME, "h3").text, len(section.find_elements(By.CSS_SELECTOR, ".chart circle, .chart path")))
                for section in self.driver.find_elements(By.CSS_SELECTOR, ".charts section")]

    def test_losses_of_two_kinds_have_two_charts(self):
        self.open("view=compare&run=squares&runs=squares,again,nats", ".columns .plot")
        self.until(lambda: len(self.charts()) == 2, "two charts")
        # loss and val_loss of each run.
        self.assertEqual(self.charts(), [("squared error + 0.5 · KL (784 pixels)", 4), ("nats, Bernoulli + 0.5 · KL (784 pixels)", 2)])
        self.assertIn("No common scale can hold these", self.find("main").text)

    def test_losses_of_one_kind_share_a_chart(self):
        self.open("view=compare&run=squares&runs=squares,again", ".columns .plot")
        self.until(lambda: [count for _, count in self.charts()] == [4], "one chart")
        self.assertNotIn("No common scale", self.find("main").text)


class LateFigureTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "eight", "--latent", "8", limit=SHORT)
        train(folder / "two", limit=SHORT)

    def test_what_takes_long_comes_later(self):
        # Ten thousand test images, of which nobody has asked anything yet.
        self.open("view=compare&run=eight&runs=eight,two", "td[data-run=two]")
        row = lambda: self.driver.find_element(By.XPATH, "//tr[th='active units']").text
        self.until(lambda: re.fullmatch(r"active units \d of 8 \d of 2", row()), "the active units")


class CodeTests(BrowserTest):
    @classmethod
    def make_runs(cls, folder):
        train(folder / "eight", "--latent", "8", limit=SHORT)
        train(folder / "two", limit=SHORT)

    def ready(self, run):
        self.open(f"view=map&run={run}")
        self.until(lambda: "test images" in self.find(".map-note").text, "the codes")
        self.until(lambda: self.find(".tiles figure").is_displayed(), "the neighbours")
        self.until(lambda: self.find(".tiles").get_attribute("aria-busy") == "false", "the neighbours of this place")

    def code(self, index):
        """A test image's mean, as the server has it."""
        answer = json.load(urllib.request.urlopen(f"{self.explorer.url}/api/runs/eight/codes?split=test"))
        return answer["mean"][8 * index:8 * index + 8]

    def sliders(self):
        return {node.get_attribute("aria-label"): float(node.get_attribute("value"))
                for node in self.driver.find_elements(By.CSS_SELECTOR, ".sliders input")}

    def test_a_click_on_a_mark_takes_its_whole_code(self):
        self.ready("eight")
        self.assertIn("the other 6 as the probe has them", self.find(".map-note").text)
        ground = self.find(".map-ground")
        ActionChains(self.driver).move_to_element_with_offset(ground, 30, 20).click().perform()
        self.until(lambda: "image=" in self.driver.current_url, "a chosen image")
        index = int(self.driver.current_url.split("image=")[1].split("&")[0])
        wanted = {f"Dimension {axis}": value for axis, value in enumerate(self.code(index))}
        self.until(lambda: all(abs(self.sliders()[name] - value) < 0.006 for name, value in wanted.items()), "the image's code on the sliders")

    def test_neighbours_follow_and_old_ones_are_dimmed(self):
        self.ready("two")
        names = lambda: [figure.get_attribute("title") for figure in self.driver.find_elements(By.CSS_SELECTOR, ".tiles figure")]
        before = names()
        # At once after the move, before any answer.
        stale = self.driver.execute_script(
            "const probe = document.querySelector('.probe');"
            "for (let step = 0; step < 25; step += 1) probe.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));"
            "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>"
            "  done(document.querySelector('.tiles').classList.contains('is-stale')))))")
        self.assertTrue(stale)
        self.until(lambda: self.find(".tiles").get_attribute("aria-busy") == "false" and names() != before, "other neighbours")

    def test_the_page_begins_at_an_image_and_not_at_zero(self):
        self.ready("eight")
        self.assertGreater(max(abs(value) for value in self.sliders().values()), 0.1)
        code = [self.sliders()[f"Dimension {axis}"] for axis in range(8)]
        means = json.load(urllib.request.urlopen(f"{self.explorer.url}/api/runs/eight/codes?split=test"))["mean"]
        nearest = min(max(abs(means[at + axis] - code[axis]) for axis in range(8)) for at in range(0, len(means), 8))
        self.assertLess(nearest, 0.006)


class LiveTests(BrowserTest):
    """A training under way, and each way in which it ends."""

    @classmethod
    def make_runs(cls, folder):
        train(folder / "small", limit=SHORT)

    def begin(self, name, epochs, limit, awaited="checkpoints/last.safetensors"):
        arguments = ["train", "--epochs", str(epochs), "--limit", str(limit), "--progress", "none", "--no-figures"]
        process = subprocess.Popen([VAE, *arguments, "--out", self.folder / name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        self.until((self.folder / name / awaited).exists, awaited)
        # Held still, so that a fast machine does not end the training before the page is open.
        process.send_signal(signal.SIGSTOP)
        return process

    def progress(self):
        return self.find("#progress").text

    def test_a_page_opened_meanwhile_tells_epoch_loss_and_time_left_and_then_the_end(self):
        process = self.begin("live", 6, 6000)
        self.open("view=map&run=live")
        # One that does not show its steps to the page's server.
        self.assertRegex(self.progress(), r"^training, epoch \d+ of 6 done · loss [\d.]+, val_loss [\d.]+ · .* left$")
        process.send_signal(signal.SIGCONT)
        process.wait(timeout=120)
        self.until(lambda: self.progress().startswith("finished, 6 of 6 epochs · loss"), "the end")

    def test_a_run_without_weights_is_waited_for(self):
        process = self.begin("fresh", 2, 60000, awaited="config.json")
        self.open("view=map&run=fresh", ".empty")
        self.assertIn("fresh has no weights yet", self.find("main").text)
        self.assertEqual(self.progress(), "training, epoch 1 of 2 under way")
        process.send_signal(signal.SIGCONT)
        self.until(lambda: "test images" in self.find(".map-note").text, "the map, by itself")

    def test_an_interrupted_training_is_told(self):
        process = self.begin("cut", 200, SHORT)
        self.open("view=training&run=cut", ".chart")
        process.kill()
        self.until(lambda: self.progress().startswith("interrupted, "), "the interruption")

    def test_a_page_opened_within_an_epoch_tells_its_step_and_in_the_end_that_it_is_done(self):
        arguments = ["train", "--epochs", "2", "--threads", "1", "--no-figures", "--explore", "--progress", "none"]
        process = subprocess.Popen([VAE, *arguments, "--out", self.folder / "shown" / "run"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stderr.close()))
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        self.addCleanup(setattr, type(self), "explorer", self.explorer)
        type(self).explorer = types.SimpleNamespace(url=address)
        self.open("view=training", ".page-head")
        step = r"^training, epoch 1 of 2, step \d+ of \d+ · loss [\d.]+ · .* left$"
        self.until(lambda: re.search(step, self.progress()), "the step of the first epoch")
        self.assertEqual(self.find(".page-head").text, "How it learned")
        before = self.progress()
        self.until(lambda: self.progress() != before, "another step")
        self.assertTrue(any("the training is done" in line for line in process.stderr))
        self.until(lambda: self.progress().startswith("finished, 2 of 2 epochs · loss"), "the end")
        self.driver.get("about:blank")
        process.terminate()
        self.assertEqual(process.wait(timeout=30), 0)

    def test_a_server_that_is_gone_for_good_is_told(self):
        self.begin("lost", 1000, SHORT)
        self.open("view=map&run=lost")
        port = self.explorer.port
        self.explorer.stop()
        self.until(lambda: "contact lost after epoch" in self.progress(), "the loss of contact")
        self.until(lambda: "has ended" in self.find("#banner").text, "the end of the page's patience")
        self.assertNotIn("by itself", self.find("#banner").text)
        type(self).explorer = Explorer(self.folder, port)
        self.button("Try again").click()
        self.until(lambda: not self.find("#banner").is_displayed(), "the end of the banner")
        # The browser itself names the requests that nobody answered.
        lost = [line["message"] for line in self.driver.get_log("browser")]
        self.assertTrue(all("ERR_" in line for line in lost), lost)


if __name__ == "__main__":
    unittest.main()
