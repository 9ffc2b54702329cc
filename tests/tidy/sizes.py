"""Prints files over 400 lines and functions over 70: not mistakes, places to look at."""
import pathlib
import re

FILE_LINES, FUNCTION_LINES = 400, 70
# In the house format a function starts at the margin, or two columns in when it stands inside a class.
OPENS = re.compile(r"^( {0,2})\S.*\{$|^( {0,2})\{$")
NOT_A_FUNCTION = re.compile(r"^\s*(namespace|class|struct|enum|union|extern)\b|[=]\s*\{$|^\s*\}")


def functions(lines):
    """(first line, length) of each body that opens at the margin and closes there."""
    number = 0
    while number < len(lines):
        line = lines[number]
        opened = OPENS.match(line)
        if opened and not NOT_A_FUNCTION.search(line):
            close = (opened[1] or opened[2] or "") + "}"
            end = next((at for at in range(number + 1, len(lines)) if lines[at].startswith(close)), number)
            yield number + 1, end - number + 1
            number = end
        number += 1


sources = sorted(path for top in ("src", "apps", "tests", "bench") for path in pathlib.Path(top).rglob("*.[ch]pp"))
for path in sources:
    lines = path.read_text().splitlines()
    if len(lines) > FILE_LINES:
        print(f"{path}: {len(lines)} lines")
    for first, length in functions(lines):
        if length > FUNCTION_LINES:
            print(f"{path}:{first}: a function of {length} lines")
