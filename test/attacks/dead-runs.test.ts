import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { processesWith } from '../faults/processes-with.ts'
import { openSetup, type Setup } from '../faults/setup.ts'
import { startS3Server } from '../support/s3-server/s3-server.ts'
import { attack } from './attack.ts'
import { WAYS } from './cgroups.ts'

interface Ending {
  after(work: () => void | Promise<void>): void
}

// What left its session and its parents, closed its descriptors and emptied its environment.
const HIDE = '(env -i setsid sleep "$WORD" </dev/null >/dev/null 2>&1 &)'
// Numbers that sleep(1) takes and no other process has.
const numberOf = ({ word }: Setup) => `77${[...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007, 7)}`

interface Dying {
  readonly steps: readonly object[]
  readonly more?: object
  readonly until: RegExp
  readonly hides?: true
  /** Goes before the program. */
  readonly under?: readonly string[]
}

/** Steps of every kind that starts programs, each of which goes on until it is ended. `hidden`: of those that it leaves behind itself. */
const STEPS: Readonly<Record<string, (setup: Setup) => Dying>> = {
  'an exec step': (setup) => ({
    steps: [{ exec: { shell: `${HIDE}; exec sleep "$WORD"`, environment: { WORD: numberOf(setup) } } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a check': (setup) => ({
    steps: [{ check: { exec: ['/bin/sh', '-c', `${HIDE.replace('$WORD', numberOf(setup))}; exec sleep ${numberOf(setup)}`], timeout: '10m' } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a backup to S3 only': (setup) => ({
    more: { storages: { far: { type: 's3', bucket: 'acme', root: 'web' } } },
    steps: [{ backup: { objects: { a: { exec: { shell: `${HIDE}; echo a; exec sleep "$WORD"`, environment: { WORD: numberOf(setup) } } } } } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a backup to a folder': (setup) => ({
    more: { storages: { near: { type: 'localfs', root: setup.root } } },
    steps: [{ backup: { objects: { a: { exec: { shell: `${HIDE}; echo a; exec sleep "$WORD"`, environment: { WORD: numberOf(setup) } } } } } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a sync step': (setup) => ({
    steps: [{ sync: { source: 'far:/srv/', target: `${setup.top}/copy`, options: ['-e', slowProgram(setup)] } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a step that waits for a ticket on another host': (setup) => ({
    steps: [{ ticket: { change: 'wait', host: 'far', folder: '/srv', options: ['-e', slowProgram(setup)] } }],
    until: /sleep 77/u,
    hides: true,
  }),
  'a mount step': (setup) => ({
    steps: [{ mount: { device: 'far:/srv', point: `${setup.top}/point`, type: 'nfs' } }],
    until: /sleep 77/u,
    hides: true,
    under: inPlaceOf('mount', setup),
  }),
  'a step that tests files': (setup) => {
    writeFileSync(join(setup.top, 'data-20260301_024000-0.tar.gz'), gzipSync(Buffer.alloc(1024)))
    return {
      more: { 'file-sets': { data: { archives: { basename: 'data', folder: setup.top, extension: 'tar.gz' } } } },
      steps: [{ 'test-files': { files: ['data'] } }],
      until: /sleep 77/u,
      hides: true,
      under: inPlaceOf('gzip', setup),
    }
  },
}

/** For a mount namespace in which this program of the system is one that does not end. */
function inPlaceOf(program: string, setup: Setup): readonly string[] {
  const replace = `mount --bind ${slowProgram(setup)} "$(readlink -f "$(command -v ${program})")" && exec "$@"`
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', replace, 'sh']
}

/** A program that is waited for, such as the one by which rsync reaches another host. */
function slowProgram(setup: Setup): string {
  const file = join(setup.top, 'slow-program')
  writeFileSync(file, `#!/bin/sh\n${HIDE.replace('$WORD', numberOf(setup))}\nexec sleep ${numberOf(setup)}\n`, { mode: 0o755 })
  return file
}

for (const [step, make] of Object.entries(STEPS)) {
  for (const { how, under } of WAYS) {
    attack(
      {
        name: `a run is killed in ${step}, ${how}`,
        attacker: 'a killed run',
        how: 'is killed with SIGKILL while its programs run, some of which have detached themselves from their session, parents, descriptors and environment',
        outcome:
          'the next run, of another task, ends exactly the remaining processes; similar processes, and one with a copy of their mark, keep running',
        needs: ['root', 'unshare', 'prlimit', 'findmnt'],
      },
      async (t) => {
        const server = await startS3Server()
        t.after(() => server.close())
        const setup = openSetup(t, () => undefined, 'plan.yaml')
        const { steps, more = {}, until, hides, under: replaced = [] } = make(setup)
        setup.configure({ version: 1, ...more, tasks: { dies: { steps }, next: { steps: [{ exec: ['/bin/true'] }] } } })
        const env = {
          HOME: setup.top,
          AWS_ENDPOINT_URL_S3: server.url,
          AWS_ACCESS_KEY_ID: server.account.accessKey,
          AWS_SECRET_ACCESS_KEY: server.account.secretKey,
        }
        const wanted = hides ? 2 : 1
        const living = () => [...processesWith(numberOf(setup)), ...(hides ? [] : processesWith(setup.word))].filter(({ text }) => until.test(text))
        const killed = await setup.start(['-q', 'run', 'dies'], {
          under: [...under, ...replaced],
          env,
          meanwhile: async (pid) => {
            // Throws when it has ended by itself.
            while (process.kill(pid, 0) && living().length < wanted) await sleep(20)
            process.kill(pid, 'SIGKILL')
          },
        })
        assert.equal(killed.signal, 'SIGKILL')
        const orphans = living()
        assert.ok(orphans.length >= wanted, 'they outlive it')
        const strangers = [await stranger(t, 'alike'), await stranger(t, 'marked', markOf(orphans.at(-1)?.pid ?? 0))]
        const next = await setup.start(['-q', 'run', 'next'], { under, env })
        assert.deepEqual([next.code, next.stdout, next.stderr], [0, '', ''])
        assert.deepEqual(living(), [])
        for (const it of strangers) assert.deepEqual([it.exitCode, it.signalCode], [null, null], 'a stranger was ended')
        assert.deepEqual(readdirSync(join(setup.state, 'processes')), [])
      },
    )
  }
}

async function stranger(t: Ending, name: string, mark?: string): Promise<ChildProcess> {
  const child = spawn('sleep', ['600', name].slice(0, 1), { stdio: 'ignore', detached: true })
  t.after(() => void child.kill('SIGKILL'))
  if (mark !== undefined) execFileSync('prlimit', ['--pid', String(child.pid), `--rttime=${mark}:`])
  await sleep(0)
  return child
}

function markOf(pid: number): string {
  return execFileSync('prlimit', ['--pid', String(pid), '--rttime', '--noheadings', '--raw', '-o', 'SOFT'], { encoding: 'utf8' }).trim()
}
