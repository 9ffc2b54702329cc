import tree

NEEDS = ["wget"]
GET_UNABLE = {
    " leading space": "it skips the space when it reads a listing",
    "percent%41%20": "it decodes a name of a listing as if it were a URL",
    "n" * 255: "it shortens a name of 255 bytes",
    "é" * 127 + "x": "it shortens a name of 255 bytes",
}
TLS = [("explicit", "require"), ("implicit", "require")]


def wget(case, *arguments):
    tls = case.server.tls
    protected = [f"--ca-certificate={tls.authority}"] if tls else []
    if tls and tls.how == "implicit":
        protected.append("--ftps-implicit")
    return case.run("wget", "--no-verbose", "--tries=2", "--restrict-file-names=nocontrol", "--no-host-directories",
                    *protected, *arguments)


def url(case, *parts):
    return case.url(*parts, scheme="ftps" if case.server.tls else "ftp")


def check_get_tree(case):
    source, into = case.served_tree(), case.folder("got")
    wget(case, "--recursive", "--level=inf", "--cut-dirs=2", f"--directory-prefix={into}", url(case, "tree/"))
    case.same(source, into)
    # A listing names only the day of a file that old.
    case.equal(tree.MTIME // 86400, int((into / "plain.txt").stat().st_mtime) // 86400)


def check_get_tree_active(case):
    source, into = case.served_tree(), case.folder("got")
    wget(case, "--no-passive-ftp", "--recursive", "--level=inf", "--cut-dirs=2", f"--directory-prefix={into}", url(case, "tree/"))
    case.same(source, into)


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "4 MiB").write_bytes(whole[:123456])
    wget(case, "--continue", f"--directory-prefix={into}", url(case, "tree/4 MiB"))
    case.equal(whole, (into / "4 MiB").read_bytes())


def check_glob(case):
    case.served_tree()
    into = case.folder("got")
    wget(case, f"--directory-prefix={into}", url(case, "tree") + "/pl*.txt")
    case.equal(["plain.txt"], [path.name for path in into.iterdir()])
