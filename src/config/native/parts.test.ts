import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadText, planOf, stepOf } from '../../../test/support/native.ts'
import { parseBytes } from '../../lib/format.ts'
import { quoteSecret } from '../../plan/secret.ts'
import { parseSecretText } from './secret-text.ts'

// Said in pieces: a text with "${" in it looks like a template that was forgotten.
const ref = (inside: string) => ['$', '{', inside, '}'].join('')

describe('sizes', () => {
  for (const [text, bytes] of [
    ['0', 0],
    ['4096', 4096],
    ['512MiB', 536_870_912],
    ['1.5 GB', 1_500_000_000],
    ['1K', undefined],
    ['8EiB', undefined],
    ['5 Gigs', undefined],
    ['-1', undefined],
    ['', undefined],
  ] as const)
    it(`"${text}" is ${bytes}`, () => assert.equal(parseBytes(text), bytes))
})

describe('references to secrets', () => {
  it('are distinguished from text', () => {
    const parts = (text: string) => {
      const read = parseSecretText(text)
      return read.kind === 'parts' ? read.parts : read.message
    }
    assert.deepEqual(parts('plain $x'), ['plain $x'])
    assert.deepEqual(parts(''), [])
    assert.deepEqual(parts(ref('env:A')), [{ kind: 'env', name: 'A' }])
    assert.deepEqual(parts(`a${ref('file:/x:y')}b${ref('credential:c')}`), [
      'a',
      { kind: 'file', path: '/x:y' },
      'b',
      { kind: 'credential', name: 'c' },
    ])
    assert.deepEqual(parts(`$${ref('env:A')}`), [ref('env:A')])
    assert.match(String(parts(ref('credential:../x'))), /invalid credential name/u)
  })

  it('are quoted for the file that they go to', () => {
    assert.equal(quoteSecret(String.raw`a:b\c"d`, 'pgpass'), String.raw`a\:b\\c"d`)
    assert.equal(quoteSecret(String.raw`a:b\c"d`, 'option-file'), String.raw`a:b\\c\"d`)
  })
})

describe('schedules', () => {
  const shapeOf = async (words: string) => (await loadText(`version: 1\ntasks: { a: { steps: [], schedule: "${words}" } }`)).errors
  for (const words of [
    '30 2 * * *',
    '*/15 0-6,22 1 JAN-mar mon-fri',
    '@daily',
    'daily',
    'Mon..Fri 02:30',
    '*-*-* 02:30:00',
    'Sat,Sun *-*-1..7 18:00 Europe/Berlin',
    '2026-11-* 00/2:00',
    'Mon *-05~03',
  ])
    it(`"${words}" is one`, async () => assert.equal(await shapeOf(words), ''))
  for (const words of ['* * * *', '60 * * * *', '* * 0 * *', '5-1 * * * *', '*/0 * * * *', 'nightly', 'at noon', '02:30 Mon', '1 2 3 4 5 6 7'])
    it(`"${words}" is refused`, async () => assert.match(await shapeOf(words), /invalid|fields|calendar/u))
})

describe('the context of processes', () => {
  const valuesOf = async (more: string) => {
    const [step] =
      (await planOf(`version: 1\ndefaults: { environment: { A: a, B: b } }\ntasks: { t: { steps: [{ exec: { argv: [x], ${more} } }] } }`)).tasks.get(
        't',
      )?.steps ?? []
    assert.ok(step?.kind === 'exec')
    return step.command
  }

  it('are those of the host, then of outer sections, then of the nearest section', async () => {
    const { environment, searchPath } = await valuesOf('environment: { B: c }')
    assert.deepEqual(environment, { kind: 'exactly', values: { PATH: '/usr/bin:/bin', HOME: '/root', A: 'a', B: 'c' }, inherited: ['PATH', 'HOME'] })
    assert.deepEqual(searchPath.slice(0, 3), ['/usr/bin', '/bin', '/usr/local/sbin'])
  })

  it('contain exactly the given variables with "environment-exactly"', async () => {
    const { environment, searchPath } = await valuesOf('environment-exactly: { PATH: /opt/bin }')
    assert.deepEqual({ environment, searchPath }, { environment: { kind: 'exactly', values: { PATH: '/opt/bin' } }, searchPath: ['/opt/bin'] })
    assert.deepEqual((await valuesOf('environment-exactly: {}')).searchPath, ['/bin', '/usr/bin'])
  })

  it("do not give another user Holdfast's home folder", async () => {
    assert.deepEqual(Object.keys((await valuesOf('user: www')).environment.values), ['PATH', 'A', 'B'])
  })

  it('hand secrets, users and folders to the source alone, niceness to all', async () => {
    const { objects } = await stepOf(
      `{ x: { exec: [a], user: me, working-folder: /w, nice: 5, environment: { TOKEN: "${ref('env:T')}", GNUPGHOME: /g }, compress: xz } }`,
    )
    const [source, filter] = objects[0]?.stages ?? []
    assert.deepEqual(
      [source?.user, source?.workingFolder, source?.nice, filter?.user, filter?.workingFolder, filter?.nice],
      ['me', '/w', 5, undefined, undefined, 5],
    )
    assert.deepEqual(source?.environment.values['TOKEN'], { kind: 'env', name: 'T' })
    assert.deepEqual(Object.keys(filter?.environment.values ?? {}), ['PATH', 'HOME', 'GNUPGHOME'])
  })
})

describe('includes', () => {
  it('are read before the including file, by name, without hidden files; missing folders are empty', async () => {
    const files = {
      '/c/d/20.yaml': 'tasks: { a: { description: twenty } }',
      '/c/d/10.yaml': 'verbosity: 1\ntasks: { a: { description: ten, steps: [] } }',
      '/c/d/.30.yaml': 'verbosity: 30',
      '/c/d/x.txt': 'verbosity: 40',
    }
    const plan = await planOf('version: 1\ninclude: [d/*.yaml, "none/*.yaml"]\nworkers: 7\n', files)
    assert.deepEqual([plan.verbosity, plan.workers, plan.tasks.get('a')?.description], [1, 7, 'twenty'])
    assert.deepEqual(plan.files, ['/c/main.yaml', '/c/d/10.yaml', '/c/d/20.yaml'])
  })
})

describe('what a configuration warns of', () => {
  it('causes a warning in plain text, and is never quoted', async () => {
    const { warnings } = await loadText(
      'version: 1\nkeys: { k: { passphrase: CANARY } }\ntasks: { a: { environment: { DB_PASSWORD: CANARY }, steps: [] } }',
    )
    assert.match(warnings, /^\/c\/main\.yaml:2:\d+: warning: keys\.k\.passphrase: secret in plain text/mu)
    assert.match(warnings, /"DB_PASSWORD" seems to contain a secret in plain text/u)
    assert.doesNotMatch(warnings, /CANARY/u)
  })

  it('is a program with blanks in its name, and a relative root', async () => {
    const { warnings } = await loadText(
      'version: 1\nstorages: { s: { type: localfs, root: x } }\ntasks: { a: { jitter: 1m, steps: [{ exec: ["ls -l"] }] } }',
    )
    assert.match(warnings, /relative root/u)
    assert.match(warnings, /"ls -l" is the name of one program/u)
    assert.match(warnings, /"jitter" has no effect/u)
  })
})
