"""Include order is layer order: what a file of a layer may include from the other layers."""
import pathlib
import re
import sys

MAY_USE = {
    "base": [],
    "proto": ["base"],
    "net": ["base", "proto"],
    "storage": ["base", "proto", "net"],
    "accounts": ["base", "proto", "net"],
    "transfer": ["base", "proto", "net", "storage"],
    "server": ["base", "proto", "net", "storage", "accounts", "transfer"],
    "client": ["base", "proto", "net", "storage", "transfer"],
    "admin": ["base", "proto", "net", "storage", "accounts", "transfer", "server", "client"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"(?:\.\./)*([a-z_]+)/')


def mistakes():
    for folder in sorted(path for path in pathlib.Path("src").iterdir() if path.is_dir()):
        layer = folder.name
        if layer not in MAY_USE:
            yield f"{folder}: not a layer"
            continue
        for path in sorted(folder.rglob("*.[ch]pp")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                used = INCLUDE.match(line)
                if used and used[1] in MAY_USE and used[1] != layer and used[1] not in MAY_USE[layer]:
                    yield f"{path}:{number}: {layer} may not use {used[1]}"


found = list(mistakes())
print("\n".join(found))
sys.exit(1 if found else 0)
