"""Write the map of every source file into docs/map.md, from what each file says of itself.

`python docs/source_map.py` rewrites the part between the marks; with `--check` it only says whether that is needed.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "map.md"
ROOMS = ("bot", "engine", "connectors", "playground")
BEGIN, END = "<!-- map: python docs/source_map.py -->", "<!-- end of the map -->"
_FIRST = {
    ".js": re.compile(r"\s*//\s*(.*)"),
    ".css": re.compile(r"\s*/\*\s*(.*?)\s*\*/", re.DOTALL),
    ".html": re.compile(r".*?<title>(.*?)</title>", re.DOTALL),
}
KINDS = {".py", *_FIRST}


def says(path: Path) -> str:
    """The first sentence of a file; a file that says nothing of itself is named as such."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        words = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0]
    else:
        match = _FIRST[path.suffix].match(text)
        words = match[1] if match else ""
    return " ".join(words.split()).replace("<", "&lt;") or "It does not say what it is for."


def files() -> list[Path]:
    """Every source file of every room, a folder's own words first."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS]
    return sorted(found, key=lambda path: (path.parent.parts, path.name != "__init__.py", path.name))


def source_map() -> str:
    """One heading a folder, one line a file."""
    lines: list[str] = []
    folder = None
    for path in files():
        here = path.parent.relative_to(ROOT)
        if here != folder:
            folder = here
            lines += ["", f"## {here}/", ""]
            if path.name == "__init__.py":
                lines += [says(path), ""]
                continue
        lines.append(f"- `{path.name}`: {says(path)}")
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip()


def main() -> int:
    """0 when the page is true, or was made so."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = f"{before}{BEGIN}\n\n{source_map()}\n\n{END}{after}"
    if new == page:
        return 0
    if sys.argv[1:] == ["--check"]:
        sys.stderr.write("docs/map.md: the map is not up to date\n  mend: python docs/source_map.py\n")
        return 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
