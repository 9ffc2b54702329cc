"""The table of docs/protocol.md has each command of the server, where it is written down, and whether it is done."""
import pathlib
import re
import sys

ROW = re.compile(r'\{"([A-Z ]+)", \w+, "[^"]*", "([^"]*)",\s*"[^"]*", \w+, .*?commands::(\w+),', re.DOTALL)
LINE = re.compile(r"^\| `([A-Z ]+)` \| (.*?) \| (.*) \|$", re.MULTILINE)

known = {verb: (source, how == "not_implemented")
         for verb, source, how in ROW.findall(pathlib.Path("src/server/command_table.cpp").read_text())}
told = {verb: (source, state.startswith("502"))
        for verb, source, state in LINE.findall(pathlib.Path("docs/protocol.md").read_text())}
mistakes = [f"docs/protocol.md: {verb} is {told.get(verb, 'missing')}; the server has {known.get(verb, 'no such command')}"
            for verb in sorted(known.keys() | told.keys()) if known.get(verb) != told.get(verb)]
if len(known) < 80:
    mistakes.append("src/server/command_table.cpp: its rows cannot be read")
print("\n".join(mistakes))
sys.exit(1 if mistakes else 0)
