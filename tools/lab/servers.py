# SPDX-License-Identifier: Apache-2.0
"""The lab's servers: nginx, OpenSSL's s_server and GnuTLS's gnutls-serv, each in its namespace."""
import os
import subprocess
import time

from lab.shell import LabError, inside, run

_NGINX_HEAD = """\
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  server_names_hash_bucket_size 128;
"""
_NGINX_SERVER = """\
  server {{
    listen {port} ssl{default};
    listen [::]:{port} ssl{default};
    server_name {name};
    ssl_protocols TLSv1.2 TLSv1.3;
{certificates}{extra}    location / {{ return 200 "the lab\\n"; }}
  }}
"""


class Servers:
    """Started by up(); they end with their namespaces (Network.down)."""

    LISTENERS = "-Hltn"  # what ss shows: sockets that listen, without a header, TCP, numbers

    def __init__(self, network, authority, work):
        self.hosts = network.servers
        self.authority = authority
        self.work = work

    def up(self):
        """Starts every server and returns when each of them listens."""
        web, plain, gnu, odd = self.hosts[:4]
        started = [
            self._nginx(web, (
                (443, "www.lab.test", ("www-rsa", "www-ec"), ""),
                (443, "mail.lab.test", ("mail-rsa",), ""),
                (443, "api.lab.test", ("api-ec",), ""),
                (443, "*.apps.lab.test", ("wildcard-rsa", "wildcard-ec"), ""),
                (8443, "www.lab.test", ("www-rsa", "www-ec"), self._wants_client_certificate()))),
            self._s_server(plain, 4433, "old-rsa", ("-tls1_2", "-rev")),
            self._s_server(plain, 4434, "api-ec", ("-tls1_3", "-www")),
            # Offers one group that clients support but send no key share for: HelloRetryRequest.
            self._s_server(plain, 4435, "www-rsa", ("-tls1_3", "-www", "-groups", "P-384")),
            self._gnutls_serv(gnu, 5556),
            self._nginx(odd, ((443, "self.lab.test", ("self-signed",), ""),
                              (8443, "expired.lab.test", ("expired-rsa",), ""))),
        ]
        for host, ports, process, log in started:
            self._wait_until_listening(host, ports, process, log)

    def _wants_client_certificate(self):
        return (f"    ssl_verify_client on;\n    ssl_verify_depth 3;\n"
                f"    ssl_client_certificate {self.authority.root_file};\n")

    def _nginx(self, host, sites):
        work = os.path.join(self.work, host.namespace)
        os.makedirs(work, exist_ok=True)
        text, ports = _NGINX_HEAD.format(work=work), []
        for port, name, certificates, extra in sites:
            lines = "".join(f"    ssl_certificate {self.authority.chain(each)};\n"
                            f"    ssl_certificate_key {self.authority.key(each)};\n"
                            for each in certificates)
            default = "" if port in ports else " default_server"
            ports.append(port)
            text += _NGINX_SERVER.format(port=port, name=name, certificates=lines, extra=extra,
                                         default=default)
        configuration = os.path.join(work, "nginx.conf")
        with open(configuration, "w", encoding="ascii") as file:
            file.write(text + "}\n")
        return self._start(host, set(ports), "nginx", "-p", work, "-c", configuration)

    def _s_server(self, host, port, name, options):
        return self._start(host, {port}, "openssl", "s_server", "-accept", str(port), "-cert",
                           self.authority.chain(name), "-key", self.authority.key(name),
                           "-cert_chain", self.authority.issuer_file(name), "-quiet", *options)

    def _gnutls_serv(self, host, port):
        files = []
        for name in ("gnutls-rsa", "gnutls-ec"):
            files += ["--x509certfile", self.authority.chain(name),
                      "--x509keyfile", self.authority.key(name)]
        return self._start(host, {port}, "gnutls-serv", "--http", "--quiet", "--port", str(port),
                           "--disable-client-cert", "--priority", "NORMAL", *files)

    def _start(self, host, ports, *command):
        log = os.path.join(self.work, f"{host.namespace}-{command[0]}-{min(ports)}.log")
        with open(log, "w", encoding="utf-8") as output:
            process = subprocess.Popen(inside(host.namespace, *command), stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=output, start_new_session=True)
        return host, ports, process, log

    @classmethod
    def _wait_until_listening(cls, host, ports, process, log):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            lines = run(*inside(host.namespace, "ss", cls.LISTENERS)).splitlines()
            listening = {int(line.split()[3].rpartition(":")[2]) for line in lines}
            if ports <= listening:
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        with open(log, encoding="utf-8", errors="replace") as file:
            said = file.read().strip().splitlines()[-1:] or ["no message"]
        raise LabError(f"server on {host.v4} port {sorted(ports)} does not listen: {said[0]}")
