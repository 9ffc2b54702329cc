"""What the machine itself can do, to hold the servers' figures against."""
import statistics
import subprocess

import served_tree
from workloads import parse

TESTS = {
    "download by sendfile": ["sendfile", "file={root}/big4g"],
    "download by read and write": ["write", "file={root}/big4g"],
    "upload by splice": ["splice", "out={root}/incoming/u"],
    "upload by read and write": ["read", "out={root}/incoming/u"],
    "small files, one session": ["files", "same=1", "file={root}/small/f0001"],
    "small files, 8 sessions": ["files", "same=1", "sessions=8", "file={root}/small/f0001"],
    "logins, one by one": ["logins", "same=1"],
    "logins, 32 at a time": ["logins", "same=1", "conc=32", "n=10000"],
}


def table(program, root, repetitions):
    served_tree.make(root, ["big4g", "incoming", "small"])
    lines = ["| limit of this machine | | processor time |", "|---|---:|---:|"]
    for title, words in TESTS.items():
        command = [program, *(word.format(root=root) for word in words)]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout for _ in range(repetitions)]
        rows = [parse(line, check=False) for line in runs]
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        if "gb_s" in middle:
            lines.append(f"| {title} | {middle['gb_s']:.3g} GB/s | {middle['cpu_gb']:.3g} s/GB |")
        else:
            lines.append(f"| {title} | {middle['rate']:,.0f}/s | {middle['cpu_each'] * 1e6:.3g} µs each |")
    return "\n".join(lines)
