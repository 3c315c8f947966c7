import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { requires } from '../support/requires.ts'
import { checkout, openPlace, type Place } from './place.ts'

const BARE = { uptime: false, 'uptime-since': false, 'boot-id': false }

function configure(place: Place, more: object): readonly string[] {
  return ['-f', place.write('c.json', { 'boot-report': { mua: 'stdout', 'mail-to': [], ...BARE, ...more } }), 'boot-report']
}

/** A mail program that writes down its arguments and does something. */
function mailer(place: Place, path: string, does: string): string {
  const file = place.write(path, `#!/bin/sh\nfor arg; do echo "[$arg]"; done >"$SEEN"\ncat >/dev/null\n${does}\n`)
  chmodSync(file, 0o755)
  return file
}

describe('a boot report', () => {
  it('has every line of its header behind a mark, empty ones too', async (t) => {
    const place = openPlace(t)
    const args = configure(place, { header: '\n{{a}} {hostname[0]}\n\n', subject: '{{{hostname[0]}}}' })
    const { code, stdout } = await place.start(args)
    assert.equal(code, 0)
    assert.match(stdout, /^\{.\}\n\n# \n# \{a\} .\n# \n# \nboot-report:\n {2}hostname: /u)
  })

  it('names the host so that any reader of YAML finds the name', { skip: requires('root') }, async (t) => {
    const place = openPlace(t)
    const args = configure(place, { header: 'of {hostname}' })
    const named = place.write('named.sh', `exec unshare -u sh -c 'printf %s "$0" >/proc/sys/kernel/hostname && exec "$@"' "$@"\n`)
    for (const host of ['0o17', 'yes', '#x', 'a\tb', '{hostname}', 'ü']) {
      const ended = await place.start([named, host, join(checkout, 'palhm'), ...args], { as: '/bin/sh' })
      assert.equal(ended.code, 0, ended.stderr)
      const body = ended.stdout.slice(ended.stdout.indexOf('\n\n') + 2)
      for (const version of ['1.1', '1.2'] as const)
        assert.equal((parse(body, { version }) as { 'boot-report': { hostname: string } })['boot-report'].hostname, host)
    }
  })

  it('exits with the code of its mail program, which is looked up like any other', async (t) => {
    const place = openPlace(t)
    mailer(place, 'bin/mail-it', 'exit 255')
    const env = { SEEN: 'seen', PATH: `${place.run}/bin:/usr/bin:/bin` }
    const args = configure(place, { mua: 'mailx', 'mua-param': { exec: 'mail-it', 'int-opts': ['a=b', ''] }, 'mail-to': ['b c', '-x'], subject: '' })
    assert.equal((await place.start(args, { env })).code, 255)
    assert.equal(readFileSync(join(place.run, 'seen'), 'utf8'), '[-S]\n[a=b]\n[-S]\n[]\n[-s]\n[]\n[b c]\n[-x]\n')
    mailer(place, 'bin/mail-it', 'kill -TERM $$')
    const killed = await place.start(args, { env })
    assert.deepEqual([killed.code, killed.signal], [1, null])
    assert.match(killed.stderr, /mail-it failed \(killed by SIGTERM\)/u)
  })

  it('terminates by a signal that arrives while it waits', async (t) => {
    const place = openPlace(t)
    const args = configure(place, { delay: '60' })
    const { code, signal, stdout } = await place.start(args, {
      meanwhile: async (pid) => {
        await sleep(1500)
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.deepEqual({ code, signal, stdout }, { code: null, signal: 'SIGTERM', stdout: '' })
  })
})
