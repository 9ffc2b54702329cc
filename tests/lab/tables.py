"""expected.tsv and causes.tsv: a line a cell, its key in the first columns."""
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
WAYS = ("EPSV", "PASV", "PASV as replied", "EPRT", "PORT")


class Table:
    def __init__(self, name, keys, columns):
        self.path, self.keys, self.columns = HERE / name, keys, columns


CELLS = Table("expected.tsv", ("scenario", "family", "protection"), ("get", "put", *WAYS))
CAUSES = Table("causes.tsv", ("scenario",), ("doctor's exit code", "what the doctor names", "ferryd doctor",
                                         "refuted from outside"))


def read(table):
    if not table.path.exists():
        return {}
    rows = [line.split("\t") for line in table.path.read_text().splitlines() if line and not line.startswith("#")]
    width = len(table.keys)
    return {tuple(row[:width]): tuple(row[width:]) for row in rows}


def write(table, rows, order):
    lines = ["# " + "\t".join(table.keys + table.columns)]
    for key in sorted(rows, key=lambda key: (order.index(key[0]), key[1:])):
        lines.append("\t".join([*key, *rows[key]]))
    table.path.write_text("\n".join(lines) + "\n")
