import tree

NEEDS = ["busybox"]
UNABLE = {"empty folder/": "it carries files"}


def transfer(case, program, *paths):
    server = case.server
    case.run("busybox", program, "-u", server.user, "-p", server.password, "-P", server.port, server.host, *paths)


def check_get(case):
    source, into = case.served_tree(), case.folder("got")
    for name in tree.digests(source):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        transfer(case, "ftpget", into / name, case.path("tree", name))
    case.same(source, into)


def check_put(case):
    source = case.local_tree()
    for name in tree.digests(source):
        (case.remote / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        case.give_to_server(case.remote / "tree")
        transfer(case, "ftpput", case.path("tree", name), source / name)
    case.same(source, case.remote / "tree")


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "down").write_bytes(whole[:500000])
    transfer(case, "ftpget", "-c", into / "down", case.path("tree/4 MiB"))
    case.equal(whole, (into / "down").read_bytes())
