import tree

NEEDS = ["curl"]
UNABLE = {"empty folder/": "curl carries files, each by its URL"}

TLS = [("explicit", "require"), ("implicit", "require")]
TLS_UNABLE = {"active": "curl 7.87 and 7.88 wait for ever before they shake hands (curl's issue 10666)"}


def curl(case, *arguments, **how):
    protected = ["--ssl-reqd", "--cacert", case.server.tls.authority] if case.server.tls else []
    return case.run("curl", "--silent", "--show-error", "--fail", "--globoff", *protected, *arguments, **how)


def check_get(case):
    source, into = case.served_tree(), case.folder("got")
    urls = []
    for name in tree.digests(source):
        urls += ["--output", into / name, case.url("tree", name)]
    curl(case, "--create-dirs", "--remote-time", *urls)
    case.same(source, into)
    case.equal(tree.MTIME, int((into / "plain.txt").stat().st_mtime))


def check_put(case):
    source = case.local_tree()
    urls = []
    for name in tree.digests(source):
        urls += ["--upload-file", source / name, case.url("tree", name)]
    curl(case, "--ftp-create-dirs", *urls)
    case.same(source, case.remote / "tree")


def check_active(case):
    source, into = case.served_tree(), case.folder("got")
    for eprt in ("--eprt", "--disable-eprt"):
        curl(case, "--ftp-port", "-", eprt, "--output", into / "got", case.url("tree/4 MiB"))
        case.equal((source / "4 MiB").read_bytes(), (into / "got").read_bytes())
        curl(case, "--ftp-port", "-", eprt, "--upload-file", source / "4 MiB", case.url(eprt))
        case.equal((source / "4 MiB").read_bytes(), (case.remote / eprt).read_bytes())


def check_pasv(case):
    source = case.served_tree()
    got = curl(case, "--disable-epsv", case.url("tree/64 KiB"))
    case.equal((source / "64 KiB").read_bytes(), got)


def check_names(case):
    source = case.served_tree()
    listed = curl(case, "--list-only", case.url("tree/")).decode().splitlines()
    wanted = {path.name for path in source.iterdir() if not path.name.startswith(".")}
    case.equal(wanted, {name for name in listed if not name.startswith(".")})


def check_range(case):
    source = case.served_tree()
    got = curl(case, "--range", "70000-70099", case.url("tree/4 MiB"))
    case.equal((source / "4 MiB").read_bytes()[70000:70100], got)


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "down").write_bytes(whole[:1000001])
    curl(case, "--continue-at", "-", "--output", into / "down", case.url("tree/4 MiB"))
    case.equal(whole, (into / "down").read_bytes())
    (case.remote / "up").write_bytes(whole[:1000001])
    case.give_to_server(case.remote)
    curl(case, "--continue-at", "-", "--upload-file", source / "4 MiB", case.url("up"))
    case.equal(whole, (case.remote / "up").read_bytes())


def check_commands(case):
    source = case.served_tree()
    inside = case.path("tree")
    curl(case, "--output", "/dev/null", "--quote", f"RNFR {inside}/plain.txt", "--quote", f"RNTO {inside}/renamed",
             "--quote", f"DELE {inside}/empty", "--quote", f"MKD {inside}/made", "--quote", f"RMD {inside}/made",
             case.url("tree/renamed"))
    case.equal((True, False, False), tuple((source / name).exists() for name in ("renamed", "plain.txt", "empty")))


def check_facts(case):
    case.served_tree()
    told = curl(case, "--head", case.url("tree/4 MiB")).decode()
    case.equal(True, "Content-Length: 4194304" in told)
    case.equal(True, "Last-Modified: Sun, 13 Sep 2020 12:26:40 GMT" in told)


def check_text(case):
    case.served_tree()
    case.equal(b"hello\n", curl(case, "--use-ascii", case.url("tree/plain.txt")).replace(b"\r\n", b"\n"))


def check_anonymous_reads(case):
    case.served_tree()
    case.equal(b"hello\n", curl(case, case.url("tree/plain.txt", user=False)))
    curl(case, "--upload-file", "/etc/hostname", case.url("refused", user=False), status=25)
    case.equal(False, (case.remote / "refused").exists())


def check_big(case):
    source = case.big(case.work / "source")
    curl(case, "--upload-file", source, case.url("big"), timeout=120)
    case.same_big(source, case.remote / "big")
    curl(case, "--output", case.work / "got", case.url("big"), timeout=120)
    case.same_big(source, case.work / "got")
