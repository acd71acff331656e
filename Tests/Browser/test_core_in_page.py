"""The core that Tools/wasm.sh compiles, in headless Chromium and under node: the program's own bytes."""

import functools
import http.server
import json
import os
import platform
import shutil
import subprocess
import threading
import unittest

from browser import BUILD, ROOT, chromium

PLAIN, RELAXED = ".build/wasm/core.wasm", ".build/wasm/core-relaxed.wasm"
# Model, batch, images, steps. The last batch of the second begins again at the first image.
WORK = [["tutorial", 64, 256, 10], ["residual", 16, 40, 20]]
# What rounds product and sum apart in the program too; arm64's own vectors fuse.
HAS_BASELINE = platform.machine() == "x86_64"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


def native(work, **environment):
    """What the program computes on one thread."""
    command = [str(BUILD / "page-session"), *map(str, work)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300, env={**os.environ, **environment})
    return json.loads(done.stdout)


@unittest.skipUnless((ROOT / PLAIN).exists(), "the toolchain has no Embedded Swift for wasm32: see Tools/wasm.sh")
class CoreInPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=ROOT))
        threading.Thread(target=files.serve_forever, daemon=True).start()
        cls.addClassCleanup(files.server_close)
        cls.addClassCleanup(files.shutdown)
        cls.driver = chromium()
        cls.addClassCleanup(cls.driver.quit)
        cls.driver.set_script_timeout(120)
        cls.driver.get(f"http://127.0.0.1:{files.server_port}/WebAssembly/")

    def page(self, function, core, *arguments):
        """Calls a function of report.mjs with a core's bytes."""
        answer = self.driver.execute_async_script(
            """const [name, core, rest, done] = arguments;
            const answer = async () => {
                const bytes = await (await fetch("/" + core)).arrayBuffer();
                return (await import("/WebAssembly/report.mjs"))[name](bytes, ...rest);
            };
            answer().then((value) => done({ value }), (error) => done({ error: String(error) }));""",
            function, core, arguments)
        self.assertNotIn("error", answer)
        return answer["value"]

    def assertSame(self, found, expected):
        """To the bit: every loss, and all weights behind the last step."""
        self.assertEqual(found["losses"], expected["losses"])
        self.assertEqual(found["parameters"], expected["parameters"])

    @unittest.skipUnless(HAS_BASELINE, "the program has no baseline body on this processor")
    def test_plain_vectors_give_the_baseline_bytes(self):
        for work in WORK:
            with self.subTest(work[0]):
                found = self.page("report", PLAIN, *work)
                self.assertFalse(found["fuses"])
                self.assertSame(found, native(work, VAE_ISA="baseline"))

    def test_fused_vectors_give_the_default_bytes(self):
        for work in WORK:
            with self.subTest(work[0]):
                found = self.page("report", RELAXED, *work)
                if not found["fuses"]:
                    self.skipTest("this machine's relaxed SIMD does not fuse products and sums")
                self.assertSame(found, native(work, VAE_ISA=""))

    def test_a_session_leaves_its_memory_to_the_next(self):
        for model in ["tutorial", "residual"]:
            with self.subTest(model):
                first, *others = self.page("memoryOfSessions", PLAIN, model, 5)
                self.assertEqual(others, [first] * 4)

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_node_gives_them_too(self):
        for core, isa in [(PLAIN, "baseline"), (RELAXED, "")]:
            with self.subTest(core):
                # Node 20 has relaxed SIMD behind a flag.
                command = ["node", "--experimental-wasm-relaxed-simd", "WebAssembly/node.mjs", core, *map(str, WORK[1])]
                done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
                found = json.loads(done.stdout)
                if HAS_BASELINE if isa else found["fuses"]:
                    self.assertSame(found, native(WORK[1], VAE_ISA=isa))


if __name__ == "__main__":
    unittest.main()
