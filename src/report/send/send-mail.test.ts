import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { lacks } from '../../../test/support/lacks.ts'
import { message, QUICK, sendDeps } from '../../../test/support/sending.ts'
import { lacksSmtp, openSmtpServer } from '../../../test/support/smtp-server.ts'
import { scaledMs, until } from '../../../test/support/time-limits.ts'
import type { ExecNotifierSpec, MailxNotifierSpec, SendmailNotifierSpec } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'
import { deliver } from './deliver.ts'

function openFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'mail-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
    return join(folder, name)
  }
  return {
    folder,
    file,
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    program: (name: string, text: string) => file(name, `#!/bin/sh\n${text}\n`, 0o700),
  }
}

function mailx(program: string, options: Partial<MailxNotifierSpec> = {}): MailxNotifierSpec {
  return {
    kind: 'mailx',
    name: 'mail',
    limits: QUICK,
    command: command([program]),
    inheritsAll: true,
    settings: [],
    recipients: ['root', 'ops@example.net'],
    ...options,
  }
}

function sendmail(
  program: string,
  environment: Readonly<Record<string, string>> = {},
  options: Partial<SendmailNotifierSpec> = {},
): SendmailNotifierSpec {
  const transport = command([program], { environment: { kind: 'exactly', values: environment } })
  return { kind: 'sendmail', name: 'mail', limits: QUICK, command: transport, recipients: ['root@localhost'], ...options }
}

async function failureOf(work: Promise<unknown>): Promise<ReportError> {
  const error = await work.then(
    () => undefined,
    (it: unknown) => it,
  )
  assert.ok(error instanceof ReportError, String(error))
  return error
}

describe('a mail program', { concurrency: 4 }, () => {
  it('gets its settings, the sender, the subject and the recipients, in this order, and our environment', async (t) => {
    const { program, folder, read } = openFolder(t)
    const fake = program('mailx', `{ printf '[%s]' "$@"; echo "$MARK"; cat; } > ${folder}/seen; echo noise`)
    const deps = sendDeps({ environment: { PATH: '/usr/bin:/bin', MARK: 'ours' } })
    await deliver(mailx(fake, { settings: ['a=b', 'v15-compat'], from: 'me@here' }), message({ subject: 'S "1"', text: 'body\n' }), deps)
    assert.equal(read('seen'), '[-S][a=b][-S][v15-compat][-r][me@here][-s][S "1"][root][ops@example.net]ours\nbody\n')
    await deliver(
      mailx('mailx', { command: command(['mailx']), inheritsAll: true }),
      message(),
      sendDeps({ environment: { PATH: `${folder}:/bin:/usr/bin` } }),
    )
    assert.match(read('seen'), /^\[-s\]/u)
    const own = command([fake], { environment: { kind: 'exactly', values: { MARK: 'its own' } } })
    await deliver(mailx(fake, { command: own, inheritsAll: false }), message(), deps)
    assert.match(read('seen'), /its own\n/u)
  })

  it('gets no line that a mail server would cut, and nothing else is changed', async (t) => {
    const { program, folder, read } = openFolder(t)
    const fake = program('mailx', `cat > ${folder}/seen`)
    const blanks = 'word '.repeat(600).trimEnd()
    const text = `first\n\n  ${blanks}\n${'日'.repeat(1000)}\n${'x'.repeat(998)}\n${'y'.repeat(999)}\nlast\n`
    await deliver(mailx(fake), message({ text }), sendDeps())
    const lines = read('seen').split('\n')
    assert.ok(lines.every((line) => Buffer.byteLength(line) <= 998))
    assert.ok(lines.includes('x'.repeat(998)))
    assert.deepEqual(lines.slice(0, 2), ['first', ''])
    assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(/[ \n]/gu, ''))
    assert.ok(
      lines.every((line) => !/^ord|wor?$/u.test(line)),
      'words are whole',
    )
  })

  it('gets no line that it would execute, also where a long line was folded', async (t) => {
    const { program, folder, read } = openFolder(t)
    const fake = program('mailx', `cat > ${folder}/seen`)
    await deliver(mailx(fake), message({ text: `~!id\na ~! ~~\n${'x'.repeat(998)}~!id\n` }), sendDeps())
    assert.equal(read('seen'), ` ~!id\na ~! ~~\n${'x'.repeat(998)}\n ~!id\n`)
  })

  it('reports a failed program with its output and exit code', async (t) => {
    const { program } = openFolder(t)
    const error = await failureOf(deliver(mailx(program('fails', 'cat >/dev/null; echo "cannot send" >&2; exit 4')), message(), sendDeps()))
    assert.equal(error.exitCode, 4)
    assert.match(error.message, /fails failed \(exit code 4\)/u)
    assert.match(JSON.stringify(error.cause), /cannot send/u)
  })

  it('handles a program with much output, or one that reads nothing', async (t) => {
    const { program } = openFolder(t)
    await deliver(mailx(program('floods', 'cat >/dev/null; dd if=/dev/zero bs=1000 count=300 status=none >&2')), message(), sendDeps())
    await deliver(mailx(program('deaf', 'exit 0')), message({ text: 'x'.repeat(1_000_000) }), sendDeps())
  })

  it('that hangs is ended with all that it started', async (t) => {
    const { program, folder, read } = openFolder(t)
    const hangs = program('hangs', `sleep 61 & echo $! > ${folder}/child; trap '' TERM; sleep 62; sleep 63`)
    const error = await failureOf(deliver(mailx(hangs, { limits: { ...QUICK, tryMs: scaledMs(3000) } }), message(), sendDeps()))
    assert.equal(error.code, 'report/too-late')
    // Whoever has inherited it may take a moment to bury it.
    const child = `/proc/${read('child').trim()}`
    await until(() => !existsSync(child))
  })

  it('may leave a queue runner behind', async (t) => {
    const { program, folder } = openFolder(t)
    await deliver(mailx(program('queues', `cat >/dev/null; (sleep 0.5; touch ${folder}/delivered) >/dev/null 2>&1 &`)), message(), sendDeps())
    await until(() => existsSync(join(folder, 'delivered')))
  })

  it('reports a missing program', async () => {
    const error = await failureOf(deliver(mailx('/no/such/mailx'), message(), sendDeps()))
    assert.match(error.message, /could not start "\/no\/such\/mailx"/u)
    assert.equal(error.exitCode, undefined)
  })

  for (const [name, settingsFor] of [
    ['bsd-mailx', () => ({})],
    ['s-nail', (transport: string) => ({ settings: [`mta=${transport}`] })],
  ] as const)
    it(`may be the real ${name}, with a real transport and a real server`, { skip: lacksSmtp || lacks(name, 'msmtp') }, async (t) => {
      const { folder, file } = openFolder(t)
      const server = await openSmtpServer(t)
      const account = file('msmtprc', `account default\nhost 127.0.0.1\nport ${server.port}\nfrom holdfast@example.net\nauto_from off\n`)
      // What is not ours to choose: the program's own settings. bsd-mailx reads them from the file that $MAILRC names.
      const rc = file('mailrc', name === 'bsd-mailx' ? `set sendmail="${folder}/sendmail"\n` : '')
      const transport = file('sendmail', `#!/bin/sh\nexec msmtp -C ${account} "$@"\n`, 0o700)
      const deps = sendDeps({ environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, MAILRC: rc, LANG: 'C.UTF-8' } })
      const long = `note:   ${'ä very long line '.repeat(300)}${'x'.repeat(3000)}${'日'.repeat(700)}`
      const told = message({ text: `what:   it failed\n${long}\nend\n` })
      await deliver(mailx(`/usr/bin/${name}`, { ...settingsFor(transport), recipients: ['root@localhost', 'ops@example.net'] }), told, deps)
      // It returns while its transport may still be at work.
      const [mail] = await server.taken()
      assert.deepEqual(mail?.to.toSorted(), ['ops@example.net', 'root@localhost'])
      assert.match(mail?.text ?? '', /^Subject: web-01: task "nightly" failed\r$/mu)
      assert.match(mail?.text ?? '', /what: {3}it failed/u)
      // RFC 5322, 2.1.1.
      for (const line of (mail?.text ?? '').split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998, `${Buffer.byteLength(line)}`)
    })
})

describe('a mail transport', { concurrency: 4 }, () => {
  it('receives a complete message', async (t) => {
    const { program, folder, read } = openFolder(t)
    const fake = program('sendmail', `{ printf '[%s]' "$@"; echo; cat; } > ${folder}/seen`)
    await deliver(sendmail(fake, {}, { from: 'Me <me@here>' }), message(), sendDeps())
    const [argv, ...mail] = read('seen').split('\n')
    assert.equal(argv, '[-i][-f][me@here][--][root@localhost]')
    assert.match(mail.join('\n'), /^From: Me <me@here>$/mu)
    assert.match(mail.join('\n'), /^To: root@localhost$/mu)
    await deliver(sendmail(fake), message(), sendDeps())
    assert.match(read('seen'), /^\[-i\]\[--\]\[root@localhost\]\n[\s\S]*^From: holdfast@web-01$/mu)
  })

  it('that responds with "later" is tried again', async (t) => {
    const { program, folder, read } = openFolder(t)
    const later = program('later', `cat >/dev/null; echo x >> ${folder}/tries; test "$(wc -l < ${folder}/tries)" -gt 1 || exit 75`)
    await deliver(sendmail(later, { PATH: '/bin:/usr/bin' }, { limits: { ...QUICK, retries: 2 } }), message(), sendDeps())
    assert.equal(read('tries'), 'x\nx\n')
    const never = program('never', 'cat >/dev/null; exit 67')
    assert.equal((await failureOf(deliver(sendmail(never, {}, { limits: { ...QUICK, retries: 2 } }), message(), sendDeps()))).exitCode, 67)
  })

  it('may be the real msmtp, to a real server', { skip: lacksSmtp || lacks('msmtp') }, async (t) => {
    const { folder, file } = openFolder(t)
    const server = await openSmtpServer(t)
    file('.msmtprc', `account default\nhost 127.0.0.1\nport ${server.port}\nfrom default@example.net\n`)
    await deliver(sendmail('/usr/bin/msmtp', { HOME: folder }, { from: 'ops@example.net' }), message(), sendDeps())
    const [mail] = await server.taken()
    assert.deepEqual([mail?.from, mail?.to], ['ops@example.net', ['root@localhost']])
    assert.match(mail?.text ?? '', /=C3=84rger|Ärger/u)
  })
})

describe('a program', () => {
  it('gets everything as JSON on its stdin', async (t) => {
    const { program, folder, read } = openFolder(t)
    const spec: ExecNotifierSpec = { kind: 'exec', name: 'own', limits: QUICK, command: command([program('own', `cat > ${folder}/seen`)]) }
    await deliver(spec, message(), sendDeps())
    assert.deepEqual(JSON.parse(read('seen')), message().data)
  })
})

describe('the standard output', () => {
  it('gets the subject, the recipients, an empty line and the text', async () => {
    const deps = sendDeps()
    await deliver({ kind: 'stdout', name: 'stdout', limits: QUICK, recipients: ['a', 'b'] }, message({ subject: 'S', text: 'T\n' }), deps)
    assert.deepEqual(deps.printed, ['S\na\nb\n\nT\n'])
  })
})
