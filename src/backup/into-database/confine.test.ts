import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { requires } from '../../../test/support/requires.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { programWith } from '../filter/restore-commands.ts'
import { confined, whyNotConfined } from './confine.ts'
import { openServerProxy, type ServerAddress } from './server-proxy.ts'

const PROBE = `
use Socket;
$| = 1;
print "uid $< $> gid $( \\n";
print "files ", join(" ", sort glob("/* /home/* /etc/* /old/* /proc/* /root/* /tmp/* /run/*")), "\\n";
for (3..20) { print "descriptor $_\\n" if open(my $f, "<&=", $_) and -e $f }
print "write\\n" if open(my $w, ">", "/home/x") or open($w, ">", "/x");
print "shell\\n" if -s "/bin/sh";
socket(my $s, PF_INET, SOCK_STREAM, 0); print "network\\n" if connect($s, sockaddr_in(80, inet_aton("1.1.1.1")));
open(my $secret, "<", "/home/pass"); print "secret ", <$secret>, "\\n";
sub ask { socket(my $d, AF_UNIX, SOCK_STREAM, 0); connect($d, sockaddr_un("/door/server")) or return "refused"; send($d, "hello\\n", 0); recv($d, my $a, 100, 0); return $a }
print "door ", ask(), " ", ask(), "\\n";
`

/** A server of ours that tells what it was told, and what a confined program says that it finds. */
async function probe(t: TestContext, argv: readonly [string, ...string[]], kind: ServerAddress['kind'] = 'socket'): Promise<string> {
  const path = join(temporaryFolder(t), 'socket')
  const server = createServer((socket) => socket.on('error', () => undefined).on('data', (data) => socket.write(`heard ${String(data).trim()}`)))
  server.listen(kind === 'socket' ? path : { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  t.after(() => server.close())
  const port = String((server.address() as { readonly port?: number }).port)
  const to: ServerAddress = kind === 'socket' ? { kind, path } : { kind: 'tcp', host: '127.0.0.1', port }
  const proxy = await openServerProxy(to, 'server')
  t.after(() => proxy.close())
  const processes = openProcesses({ runId: `confine-${process.pid}-${kind}` })
  t.after(() => processes.close())
  const ours = openSync('/etc/shadow', 'r')
  t.after(() => closeSync(ours))
  const command = programWith([...argv, port], { extras: [{ kind: 'secret-file', parts: ['hunter2'] }] })
  const tcp = kind === 'tcp' ? { tcp: { host: 'db.example.net', port } } : {}
  const call = { signal: new AbortController().signal, limits: DEFAULT_LIMITS }
  const { output, done } = await processes.startPipeline(
    [confined(command, { socketFolder: proxy.folder, files: ['pass'], ...tcp })],
    { kind: 'stream' },
    call,
  )
  const said = (await output?.toArray()) ?? []
  await done
  return Buffer.concat(said).toString()
}

describe('a confined program', { skip: requires('root', 'unshare', 'perl') }, () => {
  it('runs without privileges, files of the host or child processes, with one connection', async (t) => {
    assert.equal(await whyNotConfined(), undefined)
    const lines = (await probe(t, ['perl', '-e', PROBE])).trimEnd().split('\n')
    const [uid = '', files = '', ...rest] = lines
    assert.match(uid, /^uid (6[01]\d{3}) \1 gid \1 *$/u)
    const seen = new Set(files.split(' ').slice(1))
    for (const path of ['/etc/shadow', '/root', '/tmp', '/run', '/var', '/old/etc', '/proc/self', '/etc/hostname']) assert.ok(!seen.has(path), path)
    assert.ok(seen.has('/home/pass') && seen.has('/etc/passwd'), files)
    assert.deepEqual(rest, ['secret hunter2', 'door heard hello refused'])
  })

  it('cannot have a second process', async (t) => {
    const said = await probe(t, ['perl', '-MPOSIX', '-e', 'use Config; my $p = syscall(57); print defined $p && $p == -1 ? "refused $!" : "forked"'])
    assert.match(said, /^refused /u)
  })

  it('finds a server behind TCP by its name', { skip: requires('ip') }, async (t) => {
    const ask =
      'use IO::Socket::INET; my $s = IO::Socket::INET->new("db.example.net:$ARGV[0]") or die "$!"; print $s "hello\\n"; recv($s, my $a, 100, 0); print $a'
    assert.equal(await probe(t, ['perl', '-e', ask], 'tcp'), 'heard hello')
  })
})
