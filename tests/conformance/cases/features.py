"""FEAT, OPTS, UTF-8, LANG."""
import re

from battery import MAY, MUST, SHOULD, case
from ftp import REFUSED, Failed, NotOffered

FEAT, OPTS = "RFC 2389 §3", "RFC 2389 §4"
# Command -> what RFC 959 and others have always had; they need no line in FEAT.
PROBES = {
    "SIZE": ("SIZE file", 213, "RFC 3659 §4.3"), "MDTM": ("MDTM file", 213, "RFC 3659 §3.3"),
    "REST STREAM": ("REST 1", 350, "RFC 3659 §5.4"), "MLST": ("MLST", 250, "RFC 3659 §7.8"),
    "LANG": ("LANG", 200, "RFC 2640 §4.1"), "UTF8": (None, 0, "RFC 2640 §3.2"),
    "TVFS": (None, 0, "RFC 3659 §6.3"), "AUTH TLS": ("AUTH TLS", 234, "RFC 4217 §6"),
    "EPSV": ("EPSV", 229, "RFC 2428; RFC 5797"), "EPRT": ("EPRT", 501, "RFC 2428; RFC 5797"),
}


def features(c):
    answer = c.offered("FEAT", 211)
    return [line.strip() for line in answer.bodies()]


@case("feat.form", FEAT + ".2", MUST, "FEAT is answered 211-, a line with one space in front for each feature, and 211")
def _(t):
    answer = t.login().offered("FEAT", 211)
    if answer.multiline:
        for line in answer.lines[1:-1]:
            t.true(re.fullmatch(rb" [!-~]+( [^\r\n]*)?\r\n", line), f"not the line of a feature: {line!r}")


@case("feat.before-login", FEAT, SHOULD, "FEAT may be asked before the login")
def _(t):
    c = t.connect()
    if t.login().ask("FEAT").code in REFUSED:
        raise NotOffered("FEAT")
    c.expect("FEAT", 211)


@case("feat.argument", FEAT + ".2", SHOULD, "FEAT takes no argument: 501")
def _(t):
    c = t.login()
    features(c)
    c.expect("FEAT everything", 501)


@case("feat.once", FEAT, SHOULD, "No feature is listed twice")
def _(t):
    listed = [line.upper() for line in features(t.login())]
    t.equal([], sorted({line for line in listed if listed.count(line) > 1}), "listed twice")


@case("feat.true", FEAT, MUST, "What FEAT lists is there: no such command is answered 500 or 502")
def _(t):
    t.put("file")
    c = t.login()
    trials = {verb: f"{verb} file" for verb in ("SIZE", "MDTM", "HASH", "XCRC", "XMD5", "XSHA1", "XSHA256", "XSHA512", "MLST")}
    trials |= {"MFMT": "MFMT 20200101000000 file", "MFCT": "MFCT 20200101000000 file", "MFF": "MFF Modify=20200101000000; file",
               "CLNT": "CLNT conformance", "HOST": "HOST localhost", "RANG": "RANG 1 0", "CSID": "CSID Name=conformance;",
               "AVBL": "AVBL", "REST": "REST 0", "EPSV": "EPSV", "PRET": "PRET RETR file", "LPSV": "LPSV", "LANG": "LANG",
               "RMDA": "RMDA nowhere", "DSIZ": "DSIZ", "COMB": "COMB whole nowhere", "THMB": "THMB PNG 10 10 file",
               "OPTS": "OPTS"}
    for line in features(c):
        verb = line.split()[0].upper()
        if trial := trials.get(verb):
            answer = c.ask(trial)
            t.true(answer.code not in (500, 502), f"FEAT lists {line!r}, and {trial} is answered {answer}")
    c.in_step()


def listed(name, trial, code, section):
    @case("feat.lists-" + name.split()[0].lower(), section, SHOULD if "5797" in section else MUST,
          f"A server that has {name.split()[0] if trial else name} lists {name} in FEAT")
    def _(t):
        t.put("file")
        c = t.login()
        lines = [line.upper() for line in features(c)]
        there = any(line == name or line.startswith((name + " ", name + ";")) for line in lines)
        if name.startswith("AUTH"):
            there = any(re.match(r"AUTH (\S+;)*TLS", line) for line in lines)
            c = t.connect()
        if c.ask(trial).code != code:
            raise NotOffered(trial)
        t.true(there, f"{trial} works, and FEAT has {lines}")


for name, (trial, code, section) in PROBES.items():
    if trial:
        listed(name, trial, code, section)


@case("utf8.feat", "RFC 2640 §3.2", MUST, "A server whose names are UTF-8 says UTF8 in FEAT")
def _(t):
    t.put("Ω")
    c = t.image()
    t.true("Ω".encode() in c.download("NLST"), "NLST does not have the name")
    t.true("UTF8" in [line.upper() for line in features(c)], "no UTF8 in FEAT")


@case("utf8.opts", "draft-ietf-ftpext-utf-8-option", SHOULD, "OPTS UTF8 ON is answered 200, as old clients ask for it")
def _(t):
    t.login().offered("OPTS UTF8 ON", 200, 202, refusals=(*REFUSED, 501, 451))


@case("tvfs.feat", "RFC 3659 §6.3", SHOULD, "A server whose paths are as in TVFS says TVFS in FEAT")
def _(t):
    t.mkdir("a")
    c = t.login()
    if "TVFS" not in [line.upper() for line in features(c)]:
        raise NotOffered("TVFS")
    c.expect("CWD a/../a/./", 250)
    t.true(f'"{t.folder}/a"' in c.expect("PWD", 257).text, "the folder is another")


@case("opts.unknown", OPTS, MUST, "OPTS of a command that takes none is answered 501, or 451, 500, 502, 504")
def _(t):
    t.login().expect("OPTS NOOP loudly", 501, 451, 500, 502, 504)


@case("opts.missing", OPTS, MUST, "OPTS without a command is an error")
def _(t):
    t.login().expect("OPTS", 501, 500, 502, 504)


def lang(c, line="LANG"):
    return c.offered(line, 200)


@case("lang", "RFC 2640 §4.1", MAY, "LANG without a language goes back to the default: 200")
def _(t):
    c = t.login()
    lang(c)
    c.in_step()


@case("lang.feat", "RFC 2640 §4.3", MUST, "FEAT lists LANG with the languages, and a star at the one in use")
def _(t):
    c = t.login()
    lang(c)
    found = [line[5:] for line in features(c) if line.upper().startswith("LANG ")]
    t.equal(1, len(found), "lines with LANG")
    tags = found[0].split(";")
    t.true(all(re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\*?", tag) for tag in tags if tag), f"they are {tags}")
    t.equal(1, sum(tag.endswith("*") for tag in tags), f"stars in {tags}")


@case("lang.choose", "RFC 2640 §4.1", MUST, "LANG of a language that FEAT lists is answered 200")
def _(t):
    c = t.login()
    lang(c)
    for line in features(c):
        if line.upper().startswith("LANG "):
            for tag in line[5:].replace("*", "").split(";"):
                if tag:
                    c.expect("LANG " + tag, 200)


@case("lang.unknown", "RFC 2640 §4.1", MUST, "LANG of a language that the server lacks is answered 504")
def _(t):
    c = t.login()
    lang(c)
    c.expect("LANG x-klingon-court", 504)


@case("lang.wrong", "RFC 2640 §4.1", SHOULD, "LANG of what is no tag of a language is answered 501 or 504")
def _(t):
    c = t.login()
    lang(c)
    c.expect("LANG !!", 501, 504)


@case("clnt", "in use, unspecified", MAY, "CLNT is answered 200")
def _(t):
    t.login().offered("CLNT conformance 1.0", 200)


@case("feat.sessions", FEAT, MUST, "FEAT is the same before and after the login, but for what the login allows")
def _(t):
    before, after = t.connect(), t.login()
    before.offered("FEAT", 211, refusals=(*REFUSED, 530))
    missing = {line for line in set(features(before)) - set(features(after)) if not line.upper().startswith("AUTH")}
    if missing:
        raise Failed(f"listed before the login and not after it: {sorted(missing)}")
