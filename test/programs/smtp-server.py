"""A mail server on the loopback for tests, by aiosmtpd. One JSON object as its argument:
tls: starttls | tls; cert, key: files; user, password: who may log in; refuse: recipients; temporary: how many mails are put off; stall: answers nothing to DATA.
Prints its port, then every mail that it takes as one line of JSON. Ends with its stdin."""
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

options = json.loads(sys.argv[1])


class Handler:
    put_off = options.get("temporary", 0)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in options.get("refuse", []):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if options.get("stall"):
            await asyncio.sleep(1000)
        if self.put_off > 0:
            self.put_off -= 1
            return "451 try again later"
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.content.decode("utf-8", "replace"),
            "secure": session.ssl is not None or options.get("tls") == "tls",
            "user": getattr(session.auth_data, "login", b"").decode(),
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login.decode() == options["user"] and data.password.decode() == options["password"]
    return AuthResult(success=good, handled=False, auth_data=data)


async def main():
    context = None
    if "cert" in options:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])
    is_starttls = options.get("tls") == "starttls"
    handler = Handler()
    make = lambda: SMTP(
        handler,
        hostname="mail.test",
        enable_SMTPUTF8=True,
        tls_context=context if is_starttls else None,
        require_starttls=is_starttls,
        authenticator=authenticate if "user" in options else None,
        auth_required="user" in options,
        auth_require_tls=is_starttls,
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=context if options.get("tls") == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
    sys.exit(0)


asyncio.run(main())
