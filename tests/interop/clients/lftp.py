NEEDS = ["lftp"]
UNABLE = {}
TLS = [("explicit", "require"), ("implicit", "require")]


def lftp(case, *commands, settings=(), **how):
    server = case.server
    setup = ["set net:max-retries 2", "set net:timeout 20", "set cmd:fail-exit yes", *protection(server.tls), *settings]
    scheme = "ftps" if server.tls and server.tls.how == "implicit" else "ftp"
    login = f"open -u {server.user},{server.password} -p {server.port} {scheme}://{server.host}"
    return case.run("lftp", "--norc", "-c", "; ".join([*setup, login, *commands]), **how)


def protection(tls):
    if not tls:
        return ["set ftp:ssl-allow no"]
    return ["set ftp:ssl-force yes", "set ftp:ssl-protect-data yes", "set ssl:verify-certificate yes",
            f"set ssl:ca-file {tls.authority}"]


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_mirror_down(case):
    source, into = case.served_tree(), case.work / "got"
    lftp(case, f"mirror {case.path('tree')} {into}")
    case.same(source, into)


def check_mirror_down_parallel_active(case):
    source, into = case.served_tree(), case.work / "got"
    lftp(case, f"mirror --parallel=4 {case.path('tree')} {into}", settings=["set ftp:passive-mode off"])
    case.same(source, into)


def check_mirror_down_by_list(case):
    source, into = case.served_tree(), case.work / "got"
    lftp(case, f"mirror {case.path('tree')} {into}", settings=["set ftp:use-mlsd no"])
    case.same(source, into)


def check_mirror_up(case):
    source = case.local_tree()
    lftp(case, f"mirror --reverse {source} {case.path('tree')}")
    case.same(source, case.remote / "tree")


def check_mirror_up_again_changes_nothing(case):
    source = case.local_tree()
    lftp(case, f"mirror --reverse {source} {case.path('tree')}")
    again = lftp(case, f"mirror --reverse --verbose {source} {case.path('tree')}")
    case.equal(False, b"Transferring" in again)


def check_get(case):
    source, into = case.served_tree(), case.folder("got")
    for name in ('quote"inside', "-leading-dash", "naïve Grüße Ω.txt", " leading space"):
        lftp(case, f"get {quoted(case.path('tree', name))} -o {quoted(into / name)}")
        case.equal((source / name).read_bytes(), (into / name).read_bytes())


def check_get_in_pieces(case):
    source, into = case.served_tree(), case.folder("got")
    lftp(case, f"pget -n 4 {quoted(case.path('tree/4 MiB'))} -o {into}/whole", settings=["set pget:min-chunk-size 100k"])
    case.equal((source / "4 MiB").read_bytes(), (into / "whole").read_bytes())


def check_resume(case):
    source, into = case.served_tree(), case.folder("got")
    whole = (source / "4 MiB").read_bytes()
    (into / "down").write_bytes(whole[:999999])
    (case.remote / "up").write_bytes(whole[:999999])
    case.give_to_server(case.remote)
    lftp(case, f"get -c {quoted(case.path('tree/4 MiB'))} -o {into}/down",
         f"put -c {quoted(source / '4 MiB')} -o {case.path('up')}")
    case.equal(whole, (into / "down").read_bytes())
    case.equal(whole, (case.remote / "up").read_bytes())


def check_names_and_removal(case):
    source = case.served_tree()
    inside = case.path("tree")
    lftp(case, f"mv {inside}/plain.txt {inside}/moved", f"rm {inside}/empty", f"mkdir -p {inside}/a/b", f"rmdir {inside}/a/b",
         f"chmod 600 {inside}/moved", f"rm -r {quoted(inside + '/folder with spaces')}")
    case.equal((True, False, False, True, False, False), tuple(
        (source / name).exists() for name in ("moved", "plain.txt", "empty", "a", "a/b", "folder with spaces")))
    case.equal(0o600, (source / "moved").stat().st_mode & 0o777)


def check_text(case):
    case.served_tree()
    lftp(case, f"get -a {case.path('tree/plain.txt')} -o {case.work}/text")
    case.equal(b"hello\n", (case.work / "text").read_bytes())


def check_big_in_pieces(case):
    source = case.big(case.remote / "big")
    lftp(case, f"pget -n 4 {case.path('big')} -o {case.work}/got", timeout=120)
    case.same_big(source, case.work / "got")


def check_mode_z(case):
    source, into, back = case.served_tree(), case.work / "got", case.remote / "back"
    trace = case.work / "trace"
    deflated = ["set ftp:use-mode-z yes", "set mirror:parallel-transfer-count 1", f"debug -o {trace} 9"]
    lftp(case, f"cls -1 {case.path('tree')}", f"mirror {case.path('tree')} {into}",
         f"mirror --reverse {into} {case.path('back')}", settings=deflated)
    case.same(source, into)
    case.same(source, back)
    said = trace.read_text(errors="replace")
    case.equal(True, "200 Mode Z" in said)
    case.equal(False, "inflate error" in said)
    # Names of packed files are not worth it: lftp goes back and forth between the modes.
    whole = (source / "4 MiB").read_bytes()
    (case.remote / "part").write_bytes(whole[:999999])
    (into / "part").write_bytes(whole[:999999])
    case.give_to_server(case.remote)
    lftp(case, f"get -c {quoted(case.path('tree/4 MiB'))} -o {into}/part",
         f"put -c {quoted(source / '4 MiB')} -o {case.path('part')}", settings=deflated)
    case.equal(whole, (into / "part").read_bytes())
    case.equal(whole, (case.remote / "part").read_bytes())
