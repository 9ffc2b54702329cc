import tree

NEEDS = ["aria2c"]
GET_UNABLE = {
    "empty folder/": "aria2 carries files, each by its URL",
    " leading space": "its list of files loses the space",
    "trailing space ": "its list of files loses the space",
}


def aria2(case, *arguments):
    return case.run("aria2c", "--no-conf", "--quiet", "--max-tries=2", "--file-allocation=none", "--allow-overwrite", *arguments)


def check_get(case):
    source, into = case.served_tree(), case.folder("got")
    list_of_urls = "".join(f"{case.url('tree', name)}\n  dir={into}\n  out={name}\n" for name in tree.digests(source))
    (case.work / "urls").write_text(list_of_urls)
    # Where it keeps connections, it waits a minute for a 226 that came together with the 150.
    aria2(case, "--ftp-reuse-connection=false", "--input-file", case.work / "urls")
    case.same(source, into)


def check_get_in_pieces(case):
    source, into = case.served_tree(), case.folder("got")
    aria2(case, "--split=4", "--max-connection-per-server=4", "--min-split-size=1M", f"--dir={into}", "--out=whole",
          case.url("tree/4 MiB"))
    case.equal((source / "4 MiB").read_bytes(), (into / "whole").read_bytes())


def check_active(case):
    source, into = case.served_tree(), case.folder("got")
    aria2(case, "--ftp-pasv=false", f"--dir={into}", "--out=whole", case.url("tree/4 MiB"))
    case.equal((source / "4 MiB").read_bytes(), (into / "whole").read_bytes())
