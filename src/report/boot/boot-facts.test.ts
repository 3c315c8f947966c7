import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { unlessCi } from '../../../test/support/lacks.ts'
import type { BootReportSpec } from '../../plan/boot-report.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { renderBootBody } from './boot-body.ts'
import { byVersion, gatherBootFacts, readKernels, readTimeZone } from './boot-facts.ts'
import { fillHostname } from './make-boot-report.ts'

let processes: Processes
before(() => {
  processes = openProcesses({ runId: `test-${process.pid}` })
})
after(() => processes.close())

const context = (environment: Readonly<Record<string, string>>) => ({ processes, signal: new AbortController().signal, environment })

const spec: BootReportSpec = {
  to: [],
  subject: 'S',
  header: 'H',
  uptimeSince: true,
  uptime: true,
  bootId: true,
  facts: ['last-shutdown', 'down-time', 'kernel', 'failed-units'],
  delayMs: 0,
}

function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'boot-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function program(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(folder, name), 0o700)
}

describe('the facts of a boot report', () => {
  const nowhere = { kernels: '/no/such', wtmp: '/no/such', journalFolder: '/no/such' }

  it('are unknown where a source is missing, and nothing fails', async () => {
    const facts = await gatherBootFacts(spec, { ...context({ PATH: '/no/such' }), host: 'h', clock: () => new Date(), sources: nowhere })
    const { 'last-shutdown': shutdown, 'down-time': down, kernel, hostname } = facts
    assert.deepEqual(
      { shutdown, down, kernel, hostname },
      { shutdown: 'unknown', down: 'unknown', kernel: { 'newest-installed': 'unknown', running: release() }, hostname: 'h' },
    )
  })

  it('contain the failed units as listed by systemd', async (t) => {
    const folder = openFolder(t)
    program(folder, 'systemctl', 'printf "  a.service loaded failed failed A\\n  dev-x\\\\\\\\x2d.swap loaded failed failed B\\n"')
    const facts = () =>
      gatherBootFacts(spec, { ...context({ PATH: `${folder}:/usr/bin:/bin` }), host: 'h', clock: () => new Date(), sources: nowhere })
    assert.deepEqual((await facts())['failed-units'], ['a.service', 'dev-x\\x2d.swap'])
    program(folder, 'systemctl', 'exit 0')
    assert.deepEqual((await facts())['failed-units'], [])
    program(folder, 'systemctl', 'echo a.service; exit 1')
    assert.deepEqual((await facts())['failed-units'], 'unknown')
  })

  it('contain only selected facts', async () => {
    const facts = await gatherBootFacts(
      { ...spec, facts: [], uptime: false, uptimeSince: false, bootId: false },
      { ...context({ PATH: '/usr/bin:/bin' }), host: 'h', clock: () => new Date() },
    )
    assert.deepEqual(
      Object.entries(facts)
        .filter(([, value]) => value !== undefined)
        .map(([key]) => key),
      ['hostname', 'tz'],
    )
  })
})

describe('the time zone', () => {
  it('contains both names, and the offset west of UTC in seconds', async () => {
    const zone = (name: string, now = '2026-11-21T00:00:00Z') => readTimeZone(new Date(now), context({ PATH: '/usr/bin:/bin', TZ: name }))
    assert.deepEqual(await zone('UTC'), ['UTC', 'UTC', 0])
    assert.deepEqual(await zone('Asia/Seoul'), ['KST', 'KST', -32_400])
    assert.deepEqual(await zone('Australia/Sydney'), ['AEST', 'AEDT', -36_000])
    assert.deepEqual(await zone('America/New_York', '2026-07-01T00:00:00Z'), ['EST', 'EDT', 18_000])
    assert.deepEqual(await zone('XYZ-05:30'), ['XYZ', 'XYZ', -19_800])
  })
})

describe('kernels', () => {
  it('are compared by their numbers', () => {
    const rising = ['5.10.0-9-amd64', '6.1.0-9-amd64', '6.1.0-13-amd64', '6.9.0~rc1-amd64', '6.9.0-amd64', '6.10.0-amd64']
    assert.deepEqual([...rising].reverse().toSorted(byVersion), rising)
  })

  it('are found by the files of their images', async (t) => {
    const folder = openFolder(t)
    for (const name of ['vmlinuz-6.1.0-9-amd64', 'vmlinuz-6.1.0-13-amd64', 'vmlinuz-6.2.0.old', 'vmlinuz-0-rescue', 'initrd.img-7.0', 'vmlinuz'])
      writeFileSync(join(folder, name), '')
    assert.deepEqual(await readKernels(folder), { running: release(), newestInstalled: '6.1.0-13-amd64' })
  })
})

describe('the text of a boot report', () => {
  it('consists of comments and YAML with one meaning for all readers', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('no', 'on', '12e3', '1:20', '0x1f', '~', 'null', '2026-11-21 20:10:19', '- a', 'a: b', '#', '=', '<<', "it's", '\n', ' '),
      fc.array(fc.constantFrom('a.service', 'yes', '1_000'), { maxLength: 3 }),
      fc.integer(),
    )
    const facts = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,10}$/u), value, { noNullPrototype: true })
    fc.assert(
      fc.property(facts, fc.string({ unit: 'binary' }), (wanted, header) => {
        const text = renderBootBody(header, wanted)
        for (const version of ['1.1', '1.2'] as const) assert.deepEqual(parse(text, { version }), { 'boot-report': wanted })
      }),
      { numRuns: 300 },
    )
  })

  it('is laid out as ever: keys in order, lists not indented', () => {
    const text = renderBootBody('one\n\ntwo', { tz: ['UTC', 'UTC', 0], hostname: 'h', 'boot-id': undefined, uptime: 'up 1 minute' })
    assert.equal(text, '# one\n# \n# two\nboot-report:\n  hostname: h\n  tz:\n  - UTC\n  - UTC\n  - 0\n  uptime: up 1 minute\n')
  })

  it('is read the same by another library', {
    skip: unlessCi(spawnSync('/usr/bin/python3', ['-c', 'import yaml']).status !== 0 && 'python3-yaml not installed'),
  }, () => {
    const facts = { hostname: 'no', since: '2026-11-21 20:10:19', odd: '1:20', list: ['yes', 'a'], n: 3 }
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))'], {
      input: renderBootBody('x', facts),
      encoding: 'utf8',
    })
    assert.deepEqual(JSON.parse(stdout), { 'boot-report': facts })
  })
})

describe('a subject', () => {
  it('is filled in as Python does', () => {
    for (const [text, filled] of [
      ['plain', 'plain'],
      ['a {hostname} b {hostname}', 'a web b web'],
      ['{{hostname}} {{{hostname}}}', '{hostname} {web}'],
      ['{hostname!s}|{hostname!r}', "web|'web'"],
      ['{hostname:>6}|{hostname:*^7}|{hostname:<5}|{hostname:.2}|{hostname:}', '   web|**web**|web  |we|web'],
      ['{hostname[0]}{hostname[2]!r}|{hostname:05}|{hostname:>05}|{hostname:*<05}|{hostname:0}', "w'b'|web00|00web|web**|web"],
    ] as const)
      assert.equal(fillHostname(text, 'web'), filled, text)
  })

  it('is rejected with an invalid placeholder', () => {
    for (const text of ['{nope}', '{}', '{', '}', 'a } b', '{hostname} {x}', '{hostname.x}', '{hostname[3]}', '{hostname[-1]}', '{hostname:d}'])
      assert.throws(() => fillHostname(text, 'web'), { code: 'report/template' }, text)
  })
})
