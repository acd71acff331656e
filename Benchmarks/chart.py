"""Draws the measured medians of Documentation/benchmarks.md as bars: an SVG for light and dark pages.

    python3 Benchmarks/chart.py --markdown Documentation/benchmarks.md --out Documentation/images/benchmarks.svg
"""

import argparse
import dataclasses
import pathlib
import re
import sys
from xml.sax.saxutils import escape

from sections import read_section

WIDTH, MARGIN, NAMES, VALUES = 760, 24, 180, 130
ROW, BAR, TITLE, GAP = 26, 16, 30, 22
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .note { fill: #59636e; font-size: 12px; }
  .ours { font-weight: 600; }
  .value { font-variant-numeric: tabular-nums; }
  .track { fill: #eff1f4; }
  .bar { fill: #9aa4af; }
  .bar.ours { fill: #e8590c; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .track { fill: #21262d; }
    .bar { fill: #6e7681; }
    .bar.ours { fill: #ff922b; }
  }
"""


@dataclasses.dataclass
class Panel:
    """One figure of several programs, in the table's order."""

    title: str
    rows: list[tuple[str, float, str]]  # program, median, how many times better ours is by the rounds' median

    @property
    def less_is_better(self) -> bool:
        """Times, not rates."""
        return self.title.endswith("µs")


def panels(section: str, what: str = "") -> list[Panel]:
    """The tables of a section that compare programs; tails of a distribution are left to the text.

    What is said before their titles tells those of one section from those of another.
    """
    found: list[Panel] = []
    current = None
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            current = None
        elif cells[0] == "program":
            current = Panel(what + cells[1].removesuffix(", median"), [])
            found.append(current)
        elif current and not cells[0].startswith("--"):
            ratio = cells[3].strip("*×")
            better = f"vae {float(ratio):.1f}×" if ratio else ""
            current.rows.append((short(cells[0]), float(cells[1].replace(",", "")), better))
    return [panel for panel in found if panel.rows and "p99" not in panel.title]


def short(program: str) -> str:
    """A program's name without what is the same for all."""
    for words in ("`", ", channels last", " autocast"):
        program = program.replace(words, "")
    return program


def titled(panel: Panel) -> str:
    """A panel's title in words."""
    words = {"images/s": "Training", "bf16 images/s": "Training in bfloat16"}
    words |= {"encoded images/s": "Encoding", "decoded images/s": "Decoding"}
    if panel.title in words:
        return f"{words[panel.title]}, images a second"
    return panel.title.removesuffix(", µs").removesuffix(", median").capitalize() + ", microseconds"


def is_ours(name: str) -> bool:
    """Our program's own rows, whatever their precision."""
    return re.match(r"vae\b", name) is not None


def bar(name: str, value: float, better: str, panel: Panel, y: int) -> list[str]:
    """One program's row."""
    longest = max(value for _, value, _ in panel.rows)
    track = WIDTH - 2 * MARGIN - NAMES - VALUES
    kind = " ours" if is_ours(name) else ""
    middle = y + ROW // 2 + 5
    top = y + (ROW - BAR) // 2
    length = max(2.0, track * value / longest)
    return [
        f'<text x="{MARGIN + NAMES - 12}" y="{middle}" text-anchor="end" class="{kind.strip()}">{escape(name)}</text>',
        f'<rect x="{MARGIN + NAMES}" y="{top}" width="{track}" height="{BAR}" rx="3" class="track"/>',
        f'<rect x="{MARGIN + NAMES}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3" class="bar{kind}"/>',
        f'<text x="{MARGIN + NAMES + track + 10}" y="{middle}" class="value{kind}">{value:,.0f}'
        f'<tspan class="note" x="{WIDTH - MARGIN}" text-anchor="end">{better}</tspan></text>',
    ]


def draw(shown: list[Panel], note: str) -> str:
    """The whole picture."""
    y, parts = MARGIN - 4, []
    for panel in shown:
        hint = "less is better" if panel.less_is_better else "more is better"
        parts.append(
            f'<text x="{MARGIN}" y="{y + 16}" class="title">{escape(titled(panel))}'
            f'<tspan class="note" dx="8" font-weight="400">{hint}</tspan></text>'
        )
        y += TITLE
        for name, value, better in panel.rows:
            parts += bar(name, value, better, panel, y)
            y += ROW
        y += GAP
    parts.append(f'<text x="{MARGIN}" y="{y + 4}" class="note">{escape(note)}</text>')
    words = "; ".join(f"{titled(p)}: " + ", ".join(f"{name} {value:,.0f}" for name, value, _ in p.rows) for p in shown)
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + MARGIN}" width="{WIDTH}" '
        f'height="{y + MARGIN}" role="img">', "<title>Speed of vae beside its peers</title>",
        f"<desc>{escape(words)}</desc>", f"<style>{STYLE}</style>", *parts, "</svg>", "",
    ])


def main() -> None:
    """Reads the tables and writes the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    training = read_section(arguments.markdown, "training")
    shown = panels(training) + panels(read_section(arguments.markdown, "training in bf16"), "bf16 ")
    shown += panels(read_section(arguments.markdown, "inference"))
    if not shown:
        sys.exit(f"chart.py: {arguments.markdown} holds no measured tables")
    facts = dict(re.findall(r"^- ([a-z ]+): (.*)$", training, re.MULTILINE))
    setting = re.search(r"batch (\d+), (\d+) threads", training)
    words = [f"batch {setting[1]}, {setting[2]} threads"] if setting else []
    words += [facts[key].split(", commit")[0] for key in ("processor", "features", "date") if key in facts]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(draw(shown, "Medians; " + "; ".join(words)))


if __name__ == "__main__":
    main()
