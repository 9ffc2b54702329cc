"""A tree of files with odd names and odd contents, and its comparison with what came back."""
import hashlib
import os
import pathlib

BYTES = bytes(range(256))
LINES = b"unix\nmac\rdos\r\nno end"


def _noise(size, seed):
    """Bytes that repeat nowhere near, so a block in the wrong place shows."""
    out = bytearray()
    counter = 0
    while len(out) < size:
        out += hashlib.sha512(b"%d %d" % (seed, counter)).digest()
        counter += 1
    return bytes(out[:size])


FILES = {
    "plain.txt": b"hello\n",
    "empty": b"",
    "one byte": b"\xff",
    "every byte": BYTES * 5,
    "line ends": LINES,
    "64 KiB": _noise(65536, 1),
    "64 KiB and one": _noise(65537, 2),
    "4 MiB": _noise(4 << 20, 3),
    "two  spaces": b"2",
    " leading space": b"3",
    "trailing space ": b"4",
    "-leading-dash": b"5",
    "--help": b"6",
    'quote"inside': b"7",
    '"quoted"': b"8",
    "apostrophe's": b"9",
    "hash#mark": b"10",
    "100% sure": b"11",
    "percent%41%20": b"12",
    "semi;colon=equals": b"13",
    "back\\slash": b"14",
    "question?mark": b"15",
    "star*": b"16",
    "brackets[ab]": b"17",
    "braces{a,b}": b"18",
    "dollar$HOME": b"19",
    "amper&sand|pipe": b"20",
    "tilde~": b"21",
    "~leading tilde": b"22",
    "comma, colon: at@sign": b"23",
    "plus+sign": b"24",
    "(parentheses)": b"25",
    "<angle>": b"26",
    "naïve Grüße Ω.txt": b"27",
    "日本語のファイル": b"28",
    "emoji 🚢": b"29",
    ".hidden": b"30",
    "..two dots": b"31",
    "n" * 255: b"32",
    "é" * 127 + "x": b"33",
    "nested/one/two/three/deep.bin": _noise(1000, 4),
    "folder with spaces/file with spaces": b"34",
    "-folder/file": b"35",
    ".hidden folder/file": b"36",
    "größer/ß": b"37",
    "folder#1/50%/file": b"38",
}
FOLDERS = ["empty folder"]
NAMES = [*FILES, *(name + "/" for name in FOLDERS)]

MTIME = 1_600_000_000  # 2020-09-13 12:26:40 UTC


def make(root, without=()):
    """The tree under `root`, except the names (of files, or folders as "name/") in `without`."""
    unknown = set(without) - set(NAMES)
    assert not unknown, f"not in the tree: {unknown}"
    root.mkdir(parents=True)
    for name, content in FILES.items():
        if name not in without:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (MTIME, MTIME))
    for name in FOLDERS:
        if name + "/" not in without:
            (root / name).mkdir()
    return root


def digests(root):
    """{"name": digest of a file, "name/": "folder" for a folder without files}"""
    found = {}
    for folder, folders, files in os.walk(root):
        here = pathlib.Path(folder)
        for name in files:
            with open(here / name, "rb") as file:
                found[str((here / name).relative_to(root))] = hashlib.file_digest(file, "sha256").hexdigest()
        if not folders and not files and here != root:
            found[str(here.relative_to(root)) + "/"] = "folder"
    return found


def differences(wanted_root, got_root):
    wanted, got = digests(wanted_root), digests(got_root)
    for name in sorted(wanted.keys() | got.keys()):
        if name not in got:
            yield f"missing: {name!r}"
        elif name not in wanted:
            yield f"not asked for: {name!r}"
        elif wanted[name] != got[name]:
            yield f"differs: {name!r}"


BIG = 3 << 30
MARKS = (0, BIG // 2 + 12345, (1 << 31) - 4, BIG - 8)


def make_big(path):
    """A sparse file of 3 GiB whose content names its own place around the offsets that overflow."""
    with open(path, "wb") as file:
        file.truncate(BIG)
        for offset in MARKS:
            file.seek(offset)
            file.write(b"%8d" % (offset % 10**8))


def same_content(one, other):
    if one.stat().st_size != other.stat().st_size:
        return False
    size = 4 << 20
    with open(one, "rb") as first, open(other, "rb") as second:
        while block := first.read(size):
            if block != second.read(size):
                return False
    return True
