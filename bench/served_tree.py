"""The folder that every server under measurement serves. Each part is made when a workload first asks for it."""
import os
import random
import string

MIB = 1 << 20
BIG = 4 << 30
TEXT = 512 * MIB


def make(root, parts):
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)
    for part in parts:
        if not (root / part).exists():
            PARTS[part](root / part)


def _big(path):
    block = os.urandom(MIB)
    with open(path, "wb") as file:
        for _ in range(BIG // MIB):
            file.write(block)


def _text(path):
    """Lines of 30 to 100 letters that end in LF."""
    chance = random.Random(7)
    block = ""
    while len(block) < MIB - 200:
        block += "".join(chance.choices(string.ascii_letters + " ", k=chance.randint(30, 100))) + "\n"
    block += "x" * (MIB - len(block) - 1) + "\n"
    with open(path, "w") as file:
        for _ in range(TEXT // MIB):
            file.write(block)


def _files(count, name, size):
    def make_files(path):
        path.mkdir()
        for number in range(count):
            (path / (name % number)).write_bytes(os.urandom(size))

    return make_files


def _tree(folders):
    """100 files of 1 KiB in each."""
    def make_tree(path):
        path.mkdir()
        for number in range(folders):
            _files(100, "f%03d", 1024)(path / f"d{number:03}")

    return make_tree


def _incoming(path):
    path.mkdir()
    path.chmod(0o777)


PARTS = {
    "big4g": _big,
    "text512m": _text,
    "small": _files(2000, "f%04d", 1024),
    "list100k": _files(100_000, "file-%06d.dat", 0),
    "tree1k": _tree(10),
    "tree10k": _tree(100),
    "incoming": _incoming,
}


def clear_incoming(root):
    for path in (root / "incoming").glob("u*"):
        path.unlink()
