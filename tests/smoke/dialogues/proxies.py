# SPDX-License-Identifier: Apache-2.0
"""Proxies of Debian, and what is reached through them: a web server, and the mail server."""
from dialogues.exchange import Exchange, curl

WEB_PORT, WEB = 14433, "web.test"


def web(place):
    """What the proxies lead to: TLS from the first byte."""
    pem, key = place.certificate(WEB)
    place.spawn("openssl", "s_server", "-accept", f"127.0.0.1:{WEB_PORT}", "-cert", pem,
                "-key", key, "-www", "-quiet")
    place.wait_for_port(WEB_PORT)
    return [curl(WEB_PORT, None, WEB, *_to_web())]


def _to_web():
    return ("--connect-to", f"{WEB}::127.0.0.1:", f"https://{WEB}:{WEB_PORT}/")


def _web_through(port, starttls, through):
    """Seen twice on this loopback: between client and proxy, and between proxy and server."""
    return [curl(port, starttls, WEB, *through, *_to_web()), Exchange(WEB_PORT, None, WEB)]


def tinyproxy(place):
    port = 13128
    config = place.directory / "tinyproxy.conf"
    config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 30\nConnectPort {WEB_PORT}\n"
                      "ConnectPort 12525\nLogLevel Error\n", encoding="utf-8")
    place.spawn("tinyproxy", "-d", "-c", config)
    place.wait_for_port(port)
    through = ("-x", f"http://127.0.0.1:{port}")
    return _web_through(port, "http-connect", through) + _mail_through(place, port, "http-connect",
                                                                       through)


def _mail_through(place, port, starttls, through):
    """The mail server of another row, asked through a proxy; and what its own side shows."""
    if "smtp.test" not in place.certificates:
        return []
    words = ("-p", "--ssl-reqd", "--connect-to", "smtp.test::127.0.0.1:", "--mail-from", "a@b.test",
             "-X", "NOOP", "smtp://smtp.test:12525")
    return [curl(port, f"{starttls}+smtp", "smtp.test", *through, *words),
            Exchange(12525, "smtp", "smtp.test")]


def danted(place):
    port = 11080
    config = place.directory / "danted.conf"
    config.write_text(
        f"logoutput: {place.directory}/danted.out\ninternal: 127.0.0.1 port = {port}\n"
        "external: 127.0.0.1\nsocksmethod: none\nclientmethod: none\nuser.privileged: root\n"
        "user.unprivileged: nobody\nclient pass { from: 0/0 to: 0/0 }\n"
        "socks pass { from: 0/0 to: 0/0 }\n", encoding="utf-8")
    place.spawn("danted", "-f", config)
    place.wait_for_port(port)
    rows = []
    for name in ("socks4", "socks5"):
        through = ("-x", f"{name}://127.0.0.1:{port}")
        rows += _web_through(port, name, through) + _mail_through(place, port, name, through)
    return rows


def haproxy(place):
    """One haproxy in front of another, with the PROXY protocol between: versions 1 and 2."""
    fronts, backs, name = (13441, 13442), (13443, 13444), "proxied.test"
    pem, key = place.certificate(name)
    both = place.directory / "haproxy.pem"
    both.write_bytes(pem.read_bytes() + key.read_bytes())
    text = "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"
    for front, back, version in zip(fronts, backs, ("send-proxy", "send-proxy-v2")):
        text += (f"listen front{front}\n  bind 127.0.0.1:{front}\n"
                 f"  server back 127.0.0.1:{back} {version}\n"
                 f"listen back{back}\n  bind 127.0.0.1:{back} accept-proxy ssl crt {both}\n"
                 "  mode http\n  http-request return status 200\n")
    config = place.directory / "haproxy.cfg"
    config.write_text(text, encoding="utf-8")
    place.spawn("haproxy", "-db", "-f", config)
    rows = []
    for front, back in zip(fronts, backs):
        place.wait_for_port(front)
        rows += [curl(front, None, name, "--resolve", f"{name}:{front}:127.0.0.1",
                      f"https://{name}:{front}/"), Exchange(back, "proxy", name)]
    return rows
