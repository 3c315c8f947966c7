import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { leftInWorkArea } from './sets.ts'
import { openSetup, type Setup } from './setup.ts'
import { assertClean } from './simple-plan.ts'
import { cannotStrace } from './strace.ts'

/** A secret: characters that some layer might want to quote, around a core that none does, by which it is found however it was written. */
interface Secret {
  readonly value: string
  readonly core: string
}

const core = () => `S3CR3T${randomBytes(8).toString('hex')}`
const secretOf = (prefix: string, suffix: string): Secret => {
  const middle = core()
  return { value: `${prefix}${middle}${suffix}`, core: middle }
}

const affix = fc.oneof(
  fc.constantFrom('', '-', '--', '=', '"', "'", '\\', '\n', '\t', '$(id)', '`id`', '%s', '$HOME', 'é', '🗝', ' ', '\u0007', '{"a":"'),
  fc.string({ unit: 'grapheme-composite', maxLength: 20 }).map((text) => text.replaceAll(/[\0\ud800-\udfff]/gu, '')),
)
const aSecret = fc.tuple(affix, affix).map(([prefix, suffix]) => secretOf(prefix, suffix))

/** One secret for each use of an environment: `shared` definitions, inline ones, appended ones, and those of steps. */
type Secrets = Readonly<Record<'shared' | 'inline' | 'appended' | 'step' | 'missing', Secret>>
const someSecrets: fc.Arbitrary<Secrets> = fc.record({ shared: aSecret, inline: aSecret, appended: aSecret, step: aSecret, missing: aSecret })

/** Every stage shows the length of what it was given, so that we know that it was; what the shell starts, it starts with an option of its own. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell is meant
const SHOW = 'echo "$1 ${#SECRET}"; exec cat -u'

function configure(setup: Setup, { shared, inline, appended, step, missing }: Secrets): void {
  const stage = (script: string, tag: string, { value }: Secret) => ({
    type: 'exec-inline',
    argv: ['/bin/sh', '-c', script, setup.word, tag],
    env: { SECRET: value, WORD: setup.word },
  })
  const backup = (id: string, ...pipeline: readonly object[]) => ({
    id,
    type: 'backup',
    backend: 'localfs',
    'backend-param': { root: setup.root, 'nb-copy-limit': 1 },
    objects: [{ path: 'made', pipeline }],
  })
  const append = { type: 'exec-append', 'exec-id': 'shared', argv: ['more'], env: { SECRET: appended.value } }
  const routine = (id: string, script: string) => ({ id, type: 'routine', routine: [stage(script, id, step)] })
  setup.configure({
    vl: 4,
    execs: [{ id: 'shared', argv: ['/bin/sh', '-c', SHOW, setup.word, 'shared'], env: { SECRET: shared.value, WORD: setup.word } }],
    tasks: [
      backup('good', { type: 'exec', 'exec-id': 'shared' }, stage(SHOW, 'inline', inline), append),
      backup('fails', { type: 'exec', 'exec-id': 'shared' }, stage('echo sorry >&2; exit 1', 'inline', inline), append),
      backup('stalls', { type: 'exec', 'exec-id': 'shared' }, stage('sleep 1000; :', 'inline', inline)),
      backup('killed', stage('sleep 1000; :', 'inline', inline), append),
      backup('missing', { ...stage('', '', missing), argv: ['/no/such/program', 'x'] }),
      backup('too-long', { ...stage('', '', missing), argv: ['/bin/echo', 'x'.repeat(200_000)] }),
      routine('step', 'exit 0'),
      routine('step-fails', 'echo sorry >&2; exit 3'),
    ],
  })
}

/** Asserts that no text has any secret in it, nor any file of the setup but the configuration. */
function assertNoneLeaked({ top }: Setup, secrets: Secrets, texts: Readonly<Record<string, string>>): void {
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'plan.json')
  const contents = files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'latin1')] as const)
  const names = files.map((entry) => ['the name of a file', join(entry.parentPath, entry.name)] as const)
  for (const [where, text] of [...Object.entries(texts), ...contents, ...names])
    for (const [which, secret] of Object.entries(secrets)) assert.ok(!text.includes(secret.core), `the secret "${which}" is in ${where}`)
}

const COMMANDS: readonly (readonly string[])[] = [
  ['run', 'good'],
  ['-v', 'run', 'good'],
  ['-vv', 'run', 'good'],
  ['run', 'good', '--json'],
  ['run', 'good', '--dry-run'],
  ['run', 'missing', '--dry-run', '--json'],
  ['-v', 'run', 'fails'],
  ['run', 'fails', '--json'],
  ['-v', 'run', 'stalls', '--stall-limit', '100ms'],
  ['-v', 'run', 'missing'],
  ['-v', 'run', 'too-long'],
  ['-v', 'run', 'step'],
  ['-v', 'run', 'step-fails'],
  ['run', 'step-fails', '--json'],
  ['config', 'show'],
  ['config', 'check'],
  ['config', 'schema'],
  ['sets', '--json'],
  ['verify', '--json'],
  ['run', 'no-such-task'],
]

describe('values of an environment', () => {
  it('are in no output, whatever command is given and however it ends, nor in any file', async (t) => {
    await fc.assert(
      fc.asyncProperty(someSecrets, async (secrets) => {
        const setup = openSetup(t)
        configure(setup, secrets)
        const texts: Record<string, string> = {}
        for (const args of COMMANDS) {
          const { stdout, stderr } = await setup.run(args)
          texts[`the stdout of ${args.join(' ')}`] = stdout
          texts[`the stderr of ${args.join(' ')}`] = stderr
        }
        assertNoneLeaked(setup, secrets, texts)
        // What was looked through is not nothing.
        const [set = ''] = assertClean(setup)
        const shown = [`shared ${bytesOf(secrets.appended)}`, `inline ${bytesOf(secrets.inline)}`, `shared ${bytesOf(secrets.shared)}`, '']
        assert.equal(readFileSync(join(setup.root, set, 'made'), 'utf8'), shown.join('\n'))
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })

  it('are in nothing that a killed run leaves behind', async (t) => {
    const [secrets = fail()] = fc.sample(someSecrets, 1)
    const setup = openSetup(t)
    configure(setup, secrets)
    const { signal, stdout, stderr } = await setup.start(['-v', 'run', 'killed'], { at: ['pipeline-started', 'KILL'] })
    assert.equal(signal, 'SIGKILL')
    assert.equal(leftInWorkArea(setup.root).length, 1)
    assertNoneLeaked(setup, secrets, { stdout, stderr })
  })

  it('reach the process that they are for, in its environment, and no other', { skip: cannotStrace() }, async (t) => {
    const [secrets = fail()] = fc.sample(someSecrets, 1)
    const setup = openSetup(t)
    configure(setup, secrets)
    const file = join(setup.top, 'trace')
    // Every program that is started, with all its arguments and its whole environment, and every name that a process gives itself.
    const strace = ['strace', '-f', '-v', '-s', '100000', '-e', 'trace=execve,execveat,prctl', '-e', 'signal=none', '-o', file]
    const started: string[] = []
    for (const [task, code] of [
      ['good', 0],
      ['fails', 1],
      ['step', 0],
      ['step-fails', 1],
    ] as const) {
      assert.equal((await setup.start(['-q', 'run', task], { under: strace })).code, code)
      started.push(
        ...readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => /execve(at)?\(|PR_SET_NAME/u.test(line)),
      )
    }
    const own: Readonly<Record<keyof Secrets, RegExp>> = {
      shared: /"shared"\], \[/u,
      inline: /"inline"\], \[/u,
      appended: /"shared", "more"\], \[/u,
      step: /"step(-fails)?"\], \[/u,
      missing: /^never/u,
    }
    for (const [which, { core: secret }] of Object.entries(secrets)) {
      const bearers = started.filter((line) => line.includes(secret))
      assert.equal(bearers.length > 0, which !== 'missing', `the secret "${which}" was handed over`)
      for (const line of bearers) {
        const argv = line.slice(0, line.indexOf('], ["'))
        assert.ok(!argv.includes(secret), `the secret "${which}" is among arguments`)
        // What the stage itself starts has its environment: that is its own affair.
        assert.ok(own[which as keyof Secrets].test(line) || /\["cat", "-u"\], \[/u.test(line), `the secret "${which}" was given to ${argv}`)
      }
    }
  })
})

function bytesOf({ value }: Secret): number {
  return Buffer.byteLength(value)
}

function fail(): never {
  throw new Error('there is a sample')
}
