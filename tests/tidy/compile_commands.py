"""compile_commands.py FROM TO: the compile commands of a GCC build as Clang's tools can read them: without GCC's
precompiled headers, which Clang refuses, and without the compiler cache in front."""
import json
import pathlib
import shlex
import sys

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def readable(command):
    words = iter(shlex.split(command))
    for word in words:
        if word == "-include":
            header = next(words)
            if "cmake_pch" not in header:
                yield from (word, header)
        elif word != "-Winvalid-pch" and not word.endswith("/ccache"):
            yield word


entries = json.loads((source / "compile_commands.json").read_text())
for entry in entries:
    entry["command"] = shlex.join(readable(entry["command"]))
target.mkdir(parents=True, exist_ok=True)
(target / "compile_commands.json").write_text(json.dumps(entries, indent=1))
