"""Our own client, which must work with every server: tests/interop/run ferry --peer vsftpd."""
import os
import pathlib
import time

import tree

FERRY = pathlib.Path(os.environ.get("FERRY", pathlib.Path(__file__).resolve().parents[3] / "build/bin/ferry"))
NEEDS = [str(FERRY)]
UNABLE = {}
UNABLE_WITH = {
    "pureftpd": {
        "back\\slash": "Pure-FTPd prohibits a backslash in a name",
        "trailing space ": "Pure-FTPd stores another name",
    },
}
TLS = [("explicit", "require"), ("implicit", "require")]
MANY = 2000


def ferry(case, *arguments, **how):
    case.environment["FERRY_PASSWORD"] = case.server.password
    tls = case.server.tls
    protected = ["--tls", tls.how, "--cacert", tls.authority] if tls else []
    return case.run(FERRY, *protected, *arguments, **how)


def at(case, *parts, **how):
    """A URL of this case without the password, which ferry would warn of."""
    return case.url(*parts, **how).replace(f":{case.server.password}@", "@")


def check_mirror_down(case):
    source, into = case.served_tree(), case.folder("got")
    ferry(case, "mirror", at(case, "tree") + "/", into)
    case.same(source, into)
    case.equal(int((source / "4 MiB").stat().st_mtime), int((into / "4 MiB").stat().st_mtime))
    case.equal(b"", ferry(case, "mirror", "-n", at(case, "tree") + "/", into))
    # One that is changed, and as long as before.
    (source / "plain.txt").write_bytes(b"HELLO\n")
    os.utime(source / "plain.txt", (tree.MTIME + 86400, tree.MTIME + 86400))
    case.equal(b"get    plain.txt  (time)\n", ferry(case, "mirror", "-n", at(case, "tree") + "/", into))


def check_mirror_down_active(case):
    source, into = case.served_tree(), case.folder("got")
    # pyftpdlib leaves EPRT unanswered when another session's data connection closes at that moment.
    alone = ["-j", "1"] if case.server.name == "pyftpdlib" else []
    ferry(case, "mirror", "-P", "-", *alone, at(case, "tree") + "/", into)
    case.same(source, into)


def check_mirror_up(case):
    source = case.local_tree()
    ferry(case, "mirror", source, at(case, "tree") + "/")
    case.same(source, case.remote / "tree")
    case.equal(b"", ferry(case, "mirror", "-n", source, at(case, "tree") + "/"))
    now = time.time()
    (source / "plain.txt").write_bytes(b"HELLO\n")
    os.utime(source / "plain.txt", (now + 60, now + 60))
    case.equal(b"put    plain.txt  (time)\n", ferry(case, "mirror", "-n", source, at(case, "tree") + "/"))


def check_mirror_many(case):
    source, back = case.folder("many"), case.folder("back")
    for i in range(MANY):
        (source / f"d{i % 20:02}").mkdir(exist_ok=True)
        (source / f"d{i % 20:02}" / f"file {i}").write_bytes(b"%d\n" % i * (i % 50))
    ferry(case, "mirror", source, at(case, "many") + "/")
    case.same(source, case.remote / "many")
    ferry(case, "mirror", "-j", "8", at(case, "many") + "/", back)
    case.same(source, back)


def check_get_and_put(case):
    source, into = case.served_tree(), case.folder("got")
    for name in ('quote"inside', "-leading-dash", "naïve Grüße Ω.txt", " leading space", "100% sure", "4 MiB", "empty"):
        ferry(case, "get", at(case, "tree", name), "-O", into)
        case.equal((source / name).read_bytes(), (into / name).read_bytes())
        ferry(case, "put", "--", into / name, at(case, "put-" + name))
        case.equal((source / name).read_bytes(), (case.remote / ("put-" + name)).read_bytes())
    case.equal(int((source / "4 MiB").stat().st_mtime), int((into / "4 MiB").stat().st_mtime))


def check_get_in_segments(case):
    source, into = case.served_tree(), case.folder("got")
    ferry(case, "get", "-j", "4", at(case, "tree/4 MiB"), "-o", into / "whole")
    case.equal((source / "4 MiB").read_bytes(), (into / "whole").read_bytes())


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "4 MiB").write_bytes(whole[:999999])
    (case.remote / "4 MiB").write_bytes(whole[:999999])
    case.give_to_server(case.remote)
    ferry(case, "get", "-c", at(case, "tree/4 MiB"), "-O", into)
    case.equal(whole, (into / "4 MiB").read_bytes())
    ferry(case, "put", "-c", source / "4 MiB", at(case, "4 MiB"))
    case.equal(whole, (case.remote / "4 MiB").read_bytes())


def check_rename_delete_list(case):
    case.served_tree()
    ferry(case, "mkdir", at(case, "made"))
    ferry(case, "mv", at(case, "tree/plain.txt"), at(case, "made/moved.txt"))
    case.equal(b"moved.txt\n", ferry(case, "ls", at(case, "made") + "/"))
    case.equal(b"hello\n", ferry(case, "cat", at(case, "made/moved.txt")))
    ferry(case, "rm", at(case, "made/moved.txt"))
    case.equal([], list((case.remote / "made").iterdir()))
    ferry(case, "rmdir", at(case, "made"))
    ferry(case, "rm", "-r", at(case, "tree"))
    case.equal([], [path.name for path in case.remote.iterdir()])


def check_big(case):
    whole = case.big(case.remote / "big")
    case.give_to_server(case.remote)
    ferry(case, "get", "--verify=size", at(case, "big"), "-O", case.folder("got"), timeout=200)
    case.same_big(whole, case.work / "got" / "big")
