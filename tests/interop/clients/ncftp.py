NEEDS = ["ncftpget", "ncftpput", "ncftpls"]
TLS = []  # NcFTP 3.2 has none


def login(case):
    return ["-V", "-u", case.server.user, "-p", case.server.password, "-P", case.server.port]


def check_get_tree(case):
    source, into = case.served_tree(), case.folder("got")
    case.run("ncftpget", *login(case), "-R", case.server.host, into, "/" + case.path("tree"))
    case.same(source, into / "tree")


def check_put_tree(case):
    source = case.local_tree()
    case.run("ncftpput", *login(case), "-R", case.server.host, "/" + case.path(), source)
    case.same(source, case.remote / "tree")


def check_active(case):
    source, into = case.served_tree(), case.folder("got")
    case.run("ncftpget", *login(case), "-E", case.server.host, into, "/" + case.path("tree/plain.txt"))
    case.run("ncftpput", *login(case), "-E", case.server.host, "/" + case.path(), source / "plain.txt")
    case.equal(b"hello\n", (into / "plain.txt").read_bytes())
    case.equal(b"hello\n", (case.remote / "plain.txt").read_bytes())


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "4 MiB").write_bytes(whole[:777777])
    case.run("ncftpget", *login(case), "-z", case.server.host, into, "/" + case.path("tree/4 MiB"))
    case.equal(whole, (into / "4 MiB").read_bytes())


def check_list(case):
    source = case.served_tree()
    listed = case.run("ncftpls", *login(case)[1:], "-1", case.url("tree/", user=False)).decode().splitlines()
    case.equal(True, {"plain.txt", "naïve Grüße Ω.txt"} <= set(listed))
    case.equal(True, source.exists())
