# SPDX-License-Identifier: Apache-2.0
"""Servers of Debian that upgrade, each with a configuration of its own, and who asks them how.

Each function starts one and returns the exchanges to make with it.
"""
import os
import pwd
import time

from appliance import check
from dialogues.exchange import Exchange, curl, s_client, scripted


def postfix(place):
    port, name = place.port(12525, 25), "smtp.test"
    pem, key = place.certificate(name)
    home, queue, data = (place.folder(each) for each in ("postfix", "queue", "postfix-data"))
    os.chown(data, pwd.getpwnam("postfix").pw_uid, -1)
    (home / "main.cf").write_text(
        f"compatibility_level = 3.6\nmyhostname = smtp.test\ninet_interfaces = {place.address}\n"
        f"queue_directory = {queue}\ndata_directory = {data}\nmydestination =\n"
        f"maillog_file = {place.directory}/postfix.log\n"
        f"maillog_file_prefixes = {place.directory}\n"
        f"smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {pem}\n"
        f"smtpd_tls_key_file = {key}\n", encoding="utf-8")
    rows = [f"{place.address}:{port} inet n - n - - smtpd", "tlsmgr unix - - n - 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite", "anvil unix - - n - 1 anvil",
            "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
            "proxymap unix - - n - - proxymap", "postlog unix-dgram n - n - 1 postlogd"]
    (home / "master.cf").write_text("\n".join(rows) + "\n", encoding="utf-8")
    place.spawn("postfix", "-c", home, "start-fg")
    place.wait_for_port(port)
    return [s_client(port, "smtp", name),
            curl(port, "smtp", name, "--ssl-reqd", f"smtp://{name}:{port}", "--resolve",
                 f"{name}:{port}:127.0.0.1", "--mail-from", "a@b.test", "-X", "NOOP")]


def dovecot(place):
    ports = {"imap": place.port(12143, 143), "pop3": place.port(12110, 110),
             "lmtp": place.port(12024, 24), "sieve": place.port(12419, 4190)}
    name = "box.test"
    pem, key = place.certificate(name)
    listeners = {"imap": ("imap-login", "imap"), "pop3": ("pop3-login", "pop3"),
                 "lmtp": ("lmtp", "lmtp"), "sieve": ("managesieve-login", "sieve")}
    services = "".join(
        f"service {service} {{\n  inet_listener {listener} {{\n    port = {ports[each]}\n  }}\n}}\n"
        for each, (service, listener) in listeners.items())
    # The listeners that are on by default.
    services += ("service imap-login {\n  inet_listener imaps {\n    port = 0\n  }\n}\n"
                 "service pop3-login {\n  inet_listener pop3s {\n    port = 0\n  }\n}\n")
    home = place.folder("dovecot")
    (home / "dovecot.conf").write_text(
        f"base_dir = {home}/run\nlog_path = {home}/log\nprotocols = imap pop3 lmtp sieve\n"
        f"listen = {place.address}\nssl = yes\nssl_cert = <{pem}\nssl_key = <{key}\n"
        "ssl_min_protocol = TLSv1.2\nmail_location = maildir:~/mail\n"
        "passdb {\n  driver = static\n  args = password=x\n}\n"
        "userdb {\n  driver = static\n  args = uid=nobody gid=nogroup home=/nonexistent\n}\n"
        + services, encoding="utf-8")
    place.spawn("dovecot", "-F", "-c", home / "dovecot.conf")
    for port in ports.values():
        place.wait_for_port(port)
    resolve = ("--resolve", f"{name}:{ports['imap']}:127.0.0.1")
    return [s_client(port, protocol, name) for protocol, port in ports.items()] + [
        curl(ports["imap"], "imap", name, "--ssl-reqd", *resolve, "-u", "u:x", "-X", "NOOP",
             f"imap://{name}:{ports['imap']}/")]


def slapd(place):
    port, name = place.port(12389, 389), "ldap.test"
    pem, key = place.certificate(name)
    home = place.folder("slapd")
    (home / "slapd.conf").write_text(
        f"pidfile {home}/pid\nargsfile {home}/args\nTLSCertificateFile {pem}\n"
        f"TLSCertificateKeyFile {key}\nTLSCACertificateFile {pem}\ndatabase config\n",
        encoding="utf-8")
    place.spawn("slapd", "-d", "0", "-f", home / "slapd.conf", "-h",
                f"ldap://{place.address}:{port}")
    place.wait_for_port(port)
    return [s_client(port, "ldap", name),
            Exchange(port, "ldap", name, ("ldapsearch", "-ZZ", "-x", "-H",
                                          f"ldap://127.0.0.1:{port}", "-s", "base", "-b", ""),
                     sni=None)]


def prosody(place):
    c2s, s2s, name = place.port(15222, 5222), place.port(15269, 5269), "xmpp.test"
    pem, key = place.certificate(name)
    home = place.folder("prosody")
    (home / "prosody.cfg.lua").write_text(
        f'run_as_root = true\npidfile = "{home}/pid"\ndata_path = "{home}"\n'
        f'log = {{ info = "{home}/log" }}\ninterfaces = {{ "{place.address}" }}\n'
        f"c2s_ports = {{ {c2s} }}\ns2s_ports = {{ {s2s} }}\ns2s_direct_tls_ports = {{ }}\n"
        'modules_enabled = { "saslauth", "tls", "dialback", "disco" }\n'
        'modules_disabled = { "http", "posix" }\nlegacy_ssl_ports = { }\n'
        f'ssl = {{ certificate = "{pem}", key = "{key}" }}\nVirtualHost "{name}"\n',
        encoding="utf-8")
    place.spawn("prosody", "--config", home / "prosody.cfg.lua", "-F")
    place.wait_for_port(c2s)
    place.wait_for_port(s2s)
    return [s_client(c2s, "xmpp", name, None, "-xmpphost", name),
            s_client(s2s, "xmpp-server", name, None, "-xmpphost", name)]


def postgres(place):
    port, name = place.port(15432, 5432), "pg.test"
    pem, key = place.certificate(name)
    account = pwd.getpwnam("postgres")
    binaries = sorted(os.listdir("/usr/lib/postgresql"))[-1]
    binaries = f"/usr/lib/postgresql/{binaries}/bin"
    home, own_key = place.folder("pg"), place.directory / "pg.key"
    own_key.write_bytes(key.read_bytes())
    for path, mode in ((home, 0o700), (own_key, 0o600)):
        os.chown(path, account.pw_uid, account.pw_gid)
        os.chmod(path, mode)
    as_account = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}",
                  "--clear-groups")
    made = place.run(*as_account, f"{binaries}/initdb", "-D", home / "data", "-A", "trust", "-N",
                     "--no-instructions", timeout=60)
    check(made.returncode == 0, f"initdb: {made.stderr.strip()}")
    options = {"port": port, "listen_addresses": place.address, "unix_socket_directories": home,
               "ssl": "on", "ssl_cert_file": pem, "ssl_key_file": own_key, "fsync": "off"}
    words = [f"-c{key_}={value}" for key_, value in options.items()]
    place.spawn(*as_account, f"{binaries}/postgres", "-D", home / "data", *words)
    place.wait_for_port(port)
    address = f"host={name} hostaddr=127.0.0.1 port={port} user=postgres sslmode=require"
    return [s_client(port, "postgres", name, "postgresql"),
            Exchange(port, "postgresql", name, ("psql", address, "-c", "select 1"))]


def mariadb(place):
    port, name = place.port(13306, 3306), "my.test"
    pem, key = place.certificate(name)
    home = place.folder("mariadb")
    made = place.run("mariadb-install-db", "--no-defaults", f"--datadir={home}/data",
                     "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root",
                     timeout=60)
    check(made.returncode == 0, f"mariadb-install-db: {made.stderr.strip()}")
    # Who comes from a host without an account is sent away before TLS is spoken of.
    (home / "init.sql").write_text("CREATE USER IF NOT EXISTS anybody@'%';\n", encoding="ascii")
    place.spawn("mariadbd", "--no-defaults", f"--init-file={home}/init.sql",
                f"--datadir={home}/data", "--user=root", f"--socket={home}/sock",
                f"--pid-file={home}/pid", f"--port={port}",
                f"--bind-address={place.address}", f"--ssl-cert={pem}", f"--ssl-key={key}",
                f"--tls-version={','.join(place.versions)}")
    place.wait_for_port(port, 30)
    return [s_client(port, "mysql", name),
            Exchange(port, "mysql", name, ("mariadb", "--no-defaults", "-h", "127.0.0.1", "-P",
                                           str(port), "-uroot", "--ssl", "-e", "select 1"),
                     sni=None)]


def vsftpd(place):
    port, name = place.port(12021, 21), "ftp.test"
    pem, key = place.certificate(name)
    empty = place.folder("vsftpd-empty")
    config = place.directory / "vsftpd.conf"
    config.write_text(
        f"listen=YES\nlisten_port={port}\nlisten_address={place.address}\nbackground=NO\n"
        f"anonymous_enable=NO\nlocal_enable=YES\nssl_enable=YES\nsecure_chroot_dir={empty}\n"
        f"rsa_cert_file={pem}\nrsa_private_key_file={key}\n", encoding="utf-8")
    place.spawn("vsftpd", config)
    place.wait_for_port(port)
    return [s_client(port, "ftp", name),
            curl(port, "ftp", name, "--ssl-reqd", "--resolve", f"{name}:{port}:127.0.0.1",
                 "-u", "nobody:x", f"ftp://{name}:{port}/")]


def xrdp(place):
    port, name = place.port(13389, 3389), "rdp.test"
    pem, key = place.certificate(name)
    config = place.directory / "xrdp.ini"
    config.write_text(
        f"[Globals]\nport=tcp://{place.address}:{port}\nsecurity_layer=tls\ncertificate={pem}\n"
        f"key_file={key}\nssl_protocols={', '.join(place.versions)}\n"
        f"[Logging]\nLogFile={place.directory}/xrdp.log\nEnableSyslog=false\n"
        "[Xorg]\nname=x\nlib=libxup.so\n", encoding="utf-8")
    place.spawn("xrdp", "--nodaemon", "--config", config)
    place.wait_for_port(port)
    return [scripted("rdp", port, name)]


def vnc(place):
    port, name = place.port(15900, 5900), "vnc.test"
    pem, key = place.certificate(name)
    place.spawn("Xtigervnc", ":77", "-rfbport", port, "-interface", place.address,
                "-SecurityTypes", "X509None",
                "-X509Cert", pem, "-X509Key", key, "-listen", "tcp", "-nolisten", "local",
                "-nolisten", "unix", "-nolock")
    place.wait_for_port(port)
    time.sleep(0.3)
    return [scripted("vnc", port, name)]
