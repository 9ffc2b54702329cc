import re

import tree

NEEDS = ["tnftp"]
UNABLE = {"empty folder/": "it carries files"}


def tnftp(case, *commands, options=()):
    server = case.server
    script = ["prompt off", "glob off", f"open {server.host} {server.port}", f"user {server.user} {server.password}", "binary",
              *commands, "quit"]
    return case.run("tnftp", "-n", "-v", *options, stdin="".join(line + "\n" for line in script).encode())


def quoted(text):
    return re.sub(r"(\W)", r"\\\1", str(text))


def get_tree(case, *options):
    source, into = case.served_tree(), case.folder("got")
    names = tree.digests(source)
    for name in names:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
    tnftp(case, *(f"get {quoted(case.path('tree', name))} {quoted(into / name)}" for name in names), options=options)
    case.same(source, into)


def check_get(case):
    get_tree(case)


def check_get_active(case):
    get_tree(case, "-A")


def check_put(case):
    source = case.local_tree()
    names = tree.digests(source)
    folders = {f"{case.path('tree')}/{name}".rpartition("/")[0] for name in names}
    parents = {"/".join(folder.split("/")[:depth]) for folder in folders for depth in range(2, folder.count("/") + 2)}
    tnftp(case, *(f"mkdir {quoted(folder)}" for folder in sorted(parents)),
          *(f"put {quoted(source / name)} {quoted(case.path('tree', name))}" for name in names))
    case.same(source, case.remote / "tree")


def check_listings(case):
    case.served_tree()
    for command in ("ls", "dir", "nlist", "mlsd"):
        told = tnftp(case, f"{command} {case.path('tree')}").decode()
        case.equal(True, "naïve Grüße Ω.txt" in told)


def check_commands(case):
    source = case.served_tree()
    inside = case.path("tree")
    told = tnftp(case, f"cd {inside}", "pwd", "size plain.txt", "modtime plain.txt", "rename plain.txt renamed", "delete empty",
                 "mkdir made", "rmdir made", "chmod 600 renamed", "cdup", "system", "features", "remotehelp", "status", "rstatus")
    case.equal(True, f"Remote directory: /{inside}\n".encode() in told)
    case.equal((True, False, False), tuple((source / name).exists() for name in ("renamed", "plain.txt", "empty")))
    case.equal(0o600, (source / "renamed").stat().st_mode & 0o777)


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "down").write_bytes(whole[:500000])
    tnftp(case, f"reget {quoted(case.path('tree/4 MiB'))} {into}/down")
    case.equal(whole, (into / "down").read_bytes())


def check_append(case):
    source = case.served_tree()
    for _ in range(2):
        tnftp(case, f"append {source}/plain.txt {case.path('appended')}")
    case.equal(b"hello\nhello\n", (case.remote / "appended").read_bytes())


def check_text(case):
    case.served_tree()
    tnftp(case, "ascii", f"get {case.path('tree/plain.txt')} {case.work}/text", f"put {case.work}/text {case.path('text')}")
    case.equal(b"hello\n", (case.work / "text").read_bytes())
    case.equal(b"hello\n", (case.remote / "text").read_bytes())
