"""The lab's table as docs/firewalls.md shows it."""
import pathlib

import tables
from scenarios import SCENARIOS

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "firewalls.md"
HEAD = ("| Scenario | IPv4 clear, by | IPv4 TLS | IPv6 clear | IPv6 TLS | The doctor names |\n"
        "|---|---|---|---|---|---|\n")


def table():
    cells, causes = tables.read(tables.CELLS), tables.read(tables.CAUSES)
    out = HEAD
    for each in SCENARIOS:
        row = [f"[{each.name}](doctor/{each.name}.txt): {each.about}"]
        for family in ("ipv4", "ipv6"):
            for protection in ("clear", "tls"):
                got = cells.get((each.name, family, protection), ("",))[0]
                row.append({"data.blocked": "-", "tls.stripped": "nothing in the clear"}.get(got, got))
        found = causes.get((each.name,), ("", "", "", ""))[1]
        row.append(", ".join(f"`{cause}`" for cause in found.split(", ")) if found else "nothing amiss")
        out += "| " + " | ".join(row) + " |\n"
    return out


def keep(scenario, words):
    """What the doctor says there."""
    (PAGE.parent / "doctor" / f"{scenario}.txt").write_text(words)


def is_right():
    return PAGE.read_text().endswith("\n" + table())


def write():
    text = PAGE.read_text()
    begin = text.find(HEAD)
    PAGE.write_text((text if begin < 0 else text[:begin]) + table())
