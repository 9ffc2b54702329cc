"""Every path that ARCHITECTURE.md names exists, and every relative link of a Markdown file leads somewhere."""
import glob
import os
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\s]+)`")
PLACES = ("src/", "apps/", "tests/", "bench/", "docs/", "cmake/", "packaging/")


def markdown():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", "*.md"], capture_output=True, text=True, check=True)
    return [pathlib.Path(name) for name in listed.stdout.splitlines() if os.path.exists(name)]


def mistakes():
    for path in markdown():
        text = path.read_text()
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:|#", target) and not (path.parent / target.split("#")[0]).exists():
                yield f"{path}: link to {target}, which does not exist"
    map_of_the_house = pathlib.Path("ARCHITECTURE.md")
    if map_of_the_house.exists():
        for name in CODE.findall(map_of_the_house.read_text()):
            if name.startswith(PLACES) and not glob.glob(name.split(":")[0]):
                yield f"{map_of_the_house}: names {name}, which does not exist"


found = list(mistakes())
print("\n".join(found))
sys.exit(1 if found else 0)
