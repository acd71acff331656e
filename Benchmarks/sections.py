"""Sections of a Markdown file that programs write, between marks; the words around them stay."""

import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent


def commit() -> str:
    """The commit at hand, for the record."""
    words = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip() or "unknown"


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written from here -->", f"<!-- {name}: to here -->"


def write_section(path: pathlib.Path, name: str, section: str, title: str = "") -> None:
    """Puts the section between its two marks in the file, or at its end."""
    begin, end = _marks(name)
    text = path.read_text() if path.exists() else "# Benchmarks\n\n"
    marked = f"{begin}\n\n{section}\n\n{end}"
    if begin in text and end in text:
        text = text[: text.index(begin)] + marked + text[text.index(end) + len(end) :]
    else:
        text = text.rstrip("\n") + f"\n\n## {title or name.capitalize()}\n\n{marked}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def publish(section: str, path: pathlib.Path | None, name: str) -> None:
    """Prints a section, and writes it where a file is named."""
    print(section)
    if path:
        write_section(path, name, section)


def read_section(path: pathlib.Path, name: str) -> str:
    """What stands between a section's marks; nothing where it has not been written."""
    begin, end = _marks(name)
    text = path.read_text()
    return text[text.index(begin) + len(begin) : text.index(end)].strip() if begin in text and end in text else ""
