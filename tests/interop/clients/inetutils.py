import tree

NEEDS = ["inetutils-ftp"]
UNABLE = {
    "empty folder/": "it carries files",
    'quote"inside': "its command line has no way to write a quote",
    '"quoted"': "its command line has no way to write a quote",
}


def ftp(case, *commands, options=()):
    server = case.server
    script = ["prompt", "glob", f"open {server.host} {server.port}", f"user {server.user} {server.password}", "binary",
              *commands, "quit"]
    return case.run("inetutils-ftp", "--no-login", "--verbose", *options,
                    stdin="".join(line + "\n" for line in script).encode())


def quoted(text):
    return f'"{text}"'


def get_tree(case, *options):
    source, into = case.served_tree(), case.folder("got")
    names = tree.digests(source)
    for name in names:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
    ftp(case, *(f"get {quoted(case.path('tree', name))} {quoted(into / name)}" for name in names), options=options)
    case.same(source, into)


def check_get(case):
    get_tree(case, "--passive")


def check_get_active(case):
    get_tree(case, "--active")


def check_put(case):
    source = case.local_tree()
    names = tree.digests(source)
    folders = {f"{case.path('tree')}/{name}".rpartition("/")[0] for name in names}
    parents = {"/".join(folder.split("/")[:depth]) for folder in folders for depth in range(2, folder.count("/") + 2)}
    ftp(case, *(f"mkdir {quoted(folder)}" for folder in sorted(parents)),
        *(f"put {quoted(source / name)} {quoted(case.path('tree', name))}" for name in names))
    case.same(source, case.remote / "tree")


def check_commands(case):
    source = case.served_tree()
    inside = case.path("tree")
    told = ftp(case, f"cd {inside}", "pwd", "size plain.txt", "modtime plain.txt", "rename plain.txt renamed", "delete empty",
               "mkdir made", "rmdir made", "chmod 600 renamed", "cdup", "system", "remotehelp", "status", "rstatus", "nlist",
               "dir", "idle")
    case.equal(True, f'"/{inside}"'.encode() in told)
    case.equal((True, False, False), tuple((source / name).exists() for name in ("renamed", "plain.txt", "empty")))


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "down").write_bytes(whole[:500000])
    ftp(case, f"reget {quoted(case.path('tree/4 MiB'))} {into}/down")
    case.equal(whole, (into / "down").read_bytes())


def check_unique(case):
    source = case.served_tree()
    ftp(case, f"cd {case.path()}", "sunique", f"put {source}/plain.txt plain", f"put {source}/plain.txt plain")
    case.equal(2, sum(path.is_file() and path.read_bytes() == b"hello\n" for path in case.remote.iterdir()))
