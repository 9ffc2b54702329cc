"""Other clients against ferryd, and ferry against other servers, through the same scenarios: a record to measure by, not
a test. The servers lie where bench/peers/unpack puts them."""
import os
import pathlib
import re
import subprocess
import time

import isolation
import network
import tables

PEERS = pathlib.Path(__file__).resolve().parents[2] / "build" / "peers"
PATIENCE = 40  # seconds, beyond what a scenario asks of ferry


def outcome(command, patience, environment=None):
    begin = time.monotonic()
    try:
        code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=patience, check=False).returncode
    except subprocess.TimeoutExpired:
        return f"nothing in {patience} s"
    took = time.monotonic() - begin
    return ("gets it" if code == 0 else "fails") + (f" after {took:.0f} s" if took >= 2 else "")


def curl(net, work, host, tls, patience):
    how = ["--ssl-reqd", "--cacert", work / "cert.pem"] if tls else []
    return outcome(net.client.command("curl", "-sS", *how, "-o", "/dev/null", f"ftp://alice:secret@{host}/file"),
                   patience)


def lftp(net, work, host, tls, patience):
    how = f"set ftp:ssl-force yes; set ssl:ca-file {work}/cert.pem" if tls else "set ftp:ssl-allow no"
    script = f"set cmd:fail-exit yes; {how}; open -u alice,secret ftp://{host}; get file -o {work}/lftp-{tls}-{os.getpid()}"
    environment = {"PATH": isolation.PATH, "HOME": str(work)}
    return outcome(net.client.command("lftp", "--norc", "-c", "set xfer:clobber yes; " + script), patience,
                   environment)


CLIENTS = {"curl": curl, "lftp": lftp}


def know_ftp(work):
    """The user that anonymous becomes, whose home is what is served."""
    users = work / "passwd"
    kept = [line for line in pathlib.Path("/etc/passwd").read_text().splitlines() if not line.startswith("ftp:")]
    users.write_text("\n".join([*kept, f"ftp:x:65533:65534:ftp:{work}/root:/usr/sbin/nologin"]) + "\n")
    subprocess.run(["mount", "--bind", users, "/etc/passwd"], check=True)
    (work / "both.pem").write_bytes((work / "key.pem").read_bytes() + (work / "cert.pem").read_bytes())
    (work / "empty").mkdir()
    for each in (work, work / "root"):
        each.chmod(0o755)


def range_of(passive):
    first, _, last = passive.get("ports", "0").partition("-")
    return first, last or first


def vsftpd(scenario, net, work, passive):
    first, last = range_of(passive)
    common = f"""
background=NO
anonymous_enable=YES
no_anon_password=YES
anon_root={work}/root
secure_chroot_dir={work}/empty
connect_timeout=5
pasv_min_port={first}
pasv_max_port={last}
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=NO
force_anon_logins_ssl=NO
ssl_ciphers=HIGH
require_ssl_reuse=NO
rsa_cert_file={work}/both.pem
seccomp_sandbox=NO
""" + (f"pasv_address={passive['advertise']}\n" if "advertise" in passive else "")
    net.server.run("sysctl", "-qw", "net.ipv6.bindv6only=1")
    for family in (["listen"] if net.at.server4 else []) + ["listen_ipv6"]:
        file = work / f"vsftpd-{family}"
        other = "listen_ipv6" if family == "listen" else "listen"
        file.write_text(common + f"{family}=YES\n{other}=NO\n")
        net.server.start(PEERS / "vsftpd/usr/sbin/vsftpd", file)


def pureftpd(scenario, net, work, passive):
    options = ["-p", ":".join(range_of(passive))] if "ports" in passive else []
    options += ["-P", passive["advertise"]] if "advertise" in passive else []
    net.server.start(PEERS / "pure-ftpd/usr/sbin/pure-ftpd", "-e", "-H", "-A", "-Y", "1", "-2", work / "both.pem",
                     "-C", "50", "-S", "21", "-g", work / "pid", *options)


SERVERS = {"vsftpd": vsftpd, "Pure-FTPd": pureftpd}


def ferry(ferry_program, scenario, net, work, host, tls):
    how = ["--tls=explicit", "--cacert", work / "cert.pem"] if tls else ["--tls=off"]
    home = work / f"home-{time.monotonic_ns()}"
    home.mkdir()
    done = subprocess.run(net.client.command(ferry_program, "get", "-v", *how, *scenario.client, "-o", home / "got",
                                             f"ftp://{host}/file"), stdin=subprocess.DEVNULL, capture_output=True,
                          env={"PATH": isolation.PATH, "HOME": str(home)}, timeout=scenario.seconds + PATIENCE, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        reason = re.findall(r"\[([a-z_.]+)\]", said)
        return reason[-1] if reason else f"exit {done.returncode}"
    return re.findall(r"(?<!no )data connection by (\w+):", said)[0]


def cells(scenario, net):
    for family in scenario.families:
        host = net.at.server6 if family == "ipv6" else getattr(net.at, scenario.target4)
        if host:
            for protection in ("clear", "tls"):
                yield family, protection, f"[{host}]" if ":" in host else host


def play(scenario, net, work, ferry_program, doctor, passive, pool, stop_server):
    """Rows of yardsticks.tsv; ferryd is running."""
    clients = {(family, protection, name): pool.submit(run, net, work, host, protection == "tls", scenario.seconds + PATIENCE)
               for family, protection, host in cells(scenario, net) for name, run in CLIENTS.items()}
    rows = {key: [future.result()] for key, future in clients.items()}
    stop_server()
    know_ftp(work)
    causes, found = {}, {}
    for name, start in SERVERS.items():
        begun = len(net.server.started)
        start(scenario, net, work, passive)
        network.wait_for_port(net.server, 21)
        time.sleep(0.5)
        examined = pool.submit(doctor)
        got = {(family, protection): pool.submit(ferry, ferry_program, scenario, net, work, host, protection == "tls")
               for family, protection, host in cells(scenario, net)}
        for key, future in got.items():
            found[(*key, name)] = future.result()
        causes[name] = examined.result()
        for process in net.server.started[begun:]:
            process.kill()
            process.wait()
        time.sleep(0.5)
    for family, protection, _ in cells(scenario, net):
        yield ("yardsticks", (scenario.name, family, protection),
               (*(rows[(family, protection, name)][0] for name in CLIENTS),
                *(found[(family, protection, name)] for name in SERVERS)))
    yield "yardstick_causes", (scenario.name,), tuple(causes[name] for name in SERVERS)


CELLS = tables.Table("yardsticks.tsv", ("scenario", "family", "protection"),
                     ("curl, ferryd", "lftp, ferryd", "ferry, vsftpd", "ferry, Pure-FTPd"))
CAUSES = tables.Table("yardstick_causes.tsv", ("scenario",), ("ferry doctor at vsftpd", "ferry doctor at Pure-FTPd"))
