"""HOST (RFC 7151)."""
from battery import MAY, MUST, SHOULD, case
from ftp import REFUSED, NotOffered, Skipped

SECTION = "RFC 7151 §3"


def has_host(t):
    """A fresh connection of a server that has HOST."""
    if t.connect().ask("HOST localhost").code in (500, 502, 530):
        raise NotOffered("HOST")
    return t.connect()


@case("host.reply", SECTION + ".1", MAY, "HOST before USER is answered 220, or 504 for a host that is not served")
def _(t):
    has_host(t).expect("HOST localhost", 220, 504)


@case("host.login", SECTION + ".1", MAY, "After HOST, taken or not, one can log in")
def _(t):
    c = has_host(t)
    c.ask("HOST localhost")
    if t.server.secure:
        c.secure()
    c.login()
    c.expect("PWD", 257)


@case("host.unknown", SECTION + ".3", MUST, "HOST of a name that is not served is answered 504, or all names are: 220")
def _(t):
    has_host(t).expect("HOST no-such-host.invalid", 504, 220)


def known(t):
    if not t.server.virtual_host:
        raise Skipped("needs --virtual-host")
    return has_host(t)


@case("host.known", SECTION + ".2", MUST, "HOST of a name that is served is answered 220, and the login is into that host")
def _(t):
    c = known(t)
    c.expect("HOST " + t.server.virtual_host, 220)
    if t.server.secure:
        c.secure()
    c.login()
    c.expect("PWD", 257)


@case("host.case", SECTION + ".1", MUST, "Names of hosts may be written in capitals")
def _(t):
    known(t).expect("HOST " + t.server.virtual_host.upper(), 220)


@case("host.again", SECTION + ".2", SHOULD, "A second HOST before USER replaces the first")
def _(t):
    c = known(t)
    c.expect("HOST no-such-host.invalid", 504, 220)
    c.expect("HOST " + t.server.virtual_host, 220)


@case("host.missing", SECTION + ".3", MUST, "HOST without a name is an error in syntax")
def _(t):
    has_host(t).expect("HOST", 501, 500)


@case("host.wrong", SECTION + ".3", MUST, "HOST of what is no name is an error in syntax")
def _(t):
    c = has_host(t)
    c.expect("HOST two words", 501, 500, 504)
    c.expect("HOST [2001:db8", 501, 500, 504)


@case("host.after-login", SECTION + ".3", MUST, "HOST after the login is answered 503")
def _(t):
    has_host(t)
    t.login().expect("HOST localhost", 503)


@case("host.after-user", SECTION + ".3", SHOULD, "HOST between USER and PASS is answered 503")
def _(t):
    c = has_host(t)
    c.expect("USER " + t.server.user, 331)
    c.expect("HOST localhost", 503)


@case("host.feat", SECTION + ".4", MUST, "A server with HOST says so in FEAT")
def _(t):
    c = has_host(t)
    answer = c.offered("FEAT", 211, refusals=(*REFUSED, 530))
    t.true("HOST" in [line.strip().upper() for line in answer.bodies()], f"not in {answer}")
