"""The table of `Documentation/formats.md`: what each check measured, gathered from its own record.

    python Interop/formats_table.py --markdown Documentation/formats.md

Each check writes its rows to `.build/interop/NAME.json` by `record`; without all of them no table is made.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

RECORDS = pathlib.Path(__file__).resolve().parent.parent / ".build/interop"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclasses.dataclass(frozen=True)
class Row:
    """One format, one way, one program that took it."""

    format: str
    direction: str  # "out", "in", or "out and in"
    program: str
    # Relative; None where every value was compared by equality.
    difference: float | None
    what: str


def record(name: str, *rows: Row) -> None:
    """Keeps what a check measured, in place of what it measured before."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{name}.json").write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1) + "\n")


def table(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = ["| format | way | read or written by | largest difference | of what |", "|---|---|---|---:|---|"]
    for row in rows:
        difference = "equal" if not row.difference else f"{row.difference:.1e}"
        lines.append(f"| {row.format} | {row.direction} | {row.program} | {difference} | {row.what} |")
    return "\n".join(lines)


def main() -> None:
    """Writes the table between its two marks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=pathlib.Path, required=True)
    path = parser.parse_args().markdown
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    files = sorted(RECORDS.glob("*.json"))
    if not files:
        sys.exit(f"{RECORDS}: no check has run")
    rows = [Row(**row) for file in files for row in json.loads(file.read_text())]
    path.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{after}")
    print(f"{path}: {len(rows)} rows of {', '.join(file.stem for file in files)}")


if __name__ == "__main__":
    main()
