import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesWith } from '../faults/processes-with.ts'
import { type Ended, openSetup, type Setup } from '../faults/setup.ts'
import { until } from '../support/time-limits.ts'
import { attack } from './attack.ts'
import { WAYS } from './cgroups.ts'

const NEEDS = ['root', 'unshare', 'findmnt', 'prlimit']

interface Ending {
  after(work: () => void | Promise<void>): void
}

/** A server that makes a process for each of its clients, and another that outlives its own parent. */
function daemonOf(setup: Setup): {
  readonly start: string
  readonly socket: string
  client(t: Ending): Promise<Socket>
  processes(): readonly number[]
} {
  const socket = join(setup.top, 'daemon.sock')
  const serve = `socat UNIX-LISTEN:${socket},fork SYSTEM:"echo hello; exec sleep 600"`
  return {
    start: `setsid sh -c '${serve} </dev/null >/dev/null 2>&1 &' ; until [ -S ${socket} ]; do sleep 0.05; done`,
    socket,
    async client(t) {
      const client = connect(socket)
      t.after(() => void client.destroy())
      await once(client, 'data')
      return client
    },
    processes: () =>
      processesWith(socket)
        .filter(({ text }) => /socat/u.test(text))
        .map(({ pid }) => pid),
  }
}

const exec = (shell: string) => ({ exec: { shell } })
const backup = (shell: string, name = 'sets') => ({ backup: { name, objects: { a: { exec: { shell } } } } })

function configure(setup: Setup, tasks: Readonly<Record<string, readonly object[]>>): void {
  const named = Object.entries(tasks).map(([name, steps]) => [name, { steps }] as const)
  setup.configure({ version: 1, storages: { near: { type: 'localfs', root: setup.root } }, tasks: Object.fromEntries(named) })
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Kills the run when `isTime`; it may end by itself before. */
function killedWhen(
  setup: Setup,
  args: readonly string[],
  { under, isTime }: { readonly under: readonly string[]; isTime(): boolean | Promise<boolean> },
): Promise<Ended> {
  const meanwhile = async (pid: number) => {
    while (isThere(pid) && !(await isTime())) await sleep(10)
    if (isThere(pid)) process.kill(pid, 'SIGKILL')
  }
  return setup.start(args, { under, meanwhile })
}

for (const { how, under } of WAYS) {
  attack(
    {
      name: `a step starts a daemon with clients, ${how}`,
      attacker: 'a killed run',
      how: 'starts a daemon in a successful step; clients connect before and after; then a backup, a failing step and a second task are run, and the run is killed with SIGKILL in a later backup',
      outcome: 'the daemon and its clients keep running, also during the next run; the programs of the killed backup are ended',
      needs: [...NEEDS, 'socat', 'setsid'],
    },
    async (t) => {
      const setup = openSetup(t, () => undefined, 'plan.yaml')
      const daemon = daemonOf(setup)
      const [marker, begun] = [join(setup.top, 'marker'), join(setup.top, 'begun')]
      configure(setup, {
        starts: [
          exec(daemon.start),
          backup('echo a'),
          { ...exec('exit 3'), 'on-failure': 'continue' },
          backup(`touch ${begun}; while [ ! -e ${marker} ]; do sleep 0.05; done; echo a`, 'second'),
          backup(`exec tail -f ${marker}`, 'third'),
        ],
        next: [backup('echo a', 'next'), exec('true')],
      })
      let first: Socket | undefined
      const second = { client: undefined as Socket | undefined }
      const isTime = async () => {
        if (first === undefined && existsSync(begun)) {
          first = await daemon.client(t)
          writeFileSync(marker, '')
        }
        const isLast = processesWith(marker).some(({ text }) => /tail/u.test(text))
        if (isLast) second.client ??= await daemon.client(t)
        return isLast
      }
      const killed = await killedWhen(setup, ['-q', 'run', 'starts'], { under, isTime })
      assert.equal(killed.signal, 'SIGKILL', killed.stderr)
      const before = daemon.processes()
      assert.ok(before.length >= 3, 'the daemon and two clients of it run')
      for (let count = 0; count < 2; count++) {
        const { code, stderr } = await setup.start(['-q', 'run', 'next'], { under })
        assert.deepEqual([code, stderr], [0, ''])
      }
      assert.deepEqual(daemon.processes(), before)
      assert.deepEqual([first?.readyState, second.client?.readyState], ['open', 'open'])
      assert.deepEqual(
        processesWith(marker).filter(({ text }) => /tail/u.test(text)),
        [],
      )
      assert.deepEqual(readdirSync(join(setup.state, 'processes')), [])
    },
  )

  attack(
    {
      name: `a daemon is being released, ${how}`,
      attacker: 'a killed run',
      how: 'is killed with SIGKILL when it has recorded the success of the step, while the daemon and its hundred processes still have its mark',
      outcome: 'the next run ends none of them',
      needs: [...NEEDS, 'setsid'],
    },
    async (t) => {
      for (let round = 0; round < 3; round++) {
        const setup = openSetup(t, () => undefined, 'plan.yaml')
        const number = `66${process.pid}${round}`
        const many = `i=0; while [ $i -lt 100 ]; do setsid sleep ${number} </dev/null >/dev/null 2>&1 & i=$((i+1)); done`
        configure(setup, { starts: [exec(many), exec('sleep 600')], next: [exec('true')] })
        const records = join(setup.state, 'processes')
        // Without the files that are being written, which lose their hidden names.
        const names = () => (existsSync(records) ? readdirSync(records).filter((name) => !name.startsWith('.')) : [])
        const isReleased = () => names().some((name) => /\{"released"/u.test(readFileSync(join(records, name), 'latin1')))
        const killed = await setup.start(['-q', 'run', 'starts'], {
          under,
          meanwhile: async (pid) => {
            while (process.kill(pid, 0) && !isReleased()) await sleep(0)
            process.kill(pid, 'SIGKILL')
          },
        })
        assert.equal(killed.signal, 'SIGKILL')
        const count = () => processesWith(number).filter(({ text }) => /sleep/u.test(text)).length
        await until(() => count() === 100)
        const { code, stderr } = await setup.start(['-q', 'run', 'next'], { under })
        assert.deepEqual([code, stderr, count()], [0, '', 100])
        for (const { pid } of processesWith(number)) process.kill(pid, 'SIGKILL')
      }
    },
  )

  attack(
    {
      name: `a step restarts a database server, ${how}`,
      attacker: 'a killed run',
      how: 'restarts PostgreSQL in a successful step, and is killed with SIGKILL in a later backup that reads from it',
      outcome: 'the next run ends the remaining processes of the backup; the server keeps running, with the same process',
      needs: [...NEEDS, 'postgres', 'pg_ctl', 'initdb', 'psql', 'setpriv'],
    },
    async (t) => {
      const setup = openSetup(t, () => undefined, 'plan.yaml')
      const server = postgresIn(setup)
      const slow = `${server.as} psql -h ${server.folder} -U postgres -Atc 'SELECT pg_sleep(600)' postgres`
      configure(setup, { restarts: [exec(server.restart), backup('echo a'), backup(`exec ${slow}`, 'slow')], next: [backup('echo a', 'next')] })
      const isReading = () => processesWith(setup.word).some(({ text }) => /psql .*pg_sleep/u.test(text))
      const killed = await killedWhen(setup, ['-q', 'run', 'restarts'], { under, isTime: isReading })
      assert.equal(killed.signal, 'SIGKILL', killed.stderr)
      const pid = server.pid()
      const { code, stderr } = await setup.start(['-q', 'run', 'next'], { under })
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(isReading(), false)
      assert.equal(server.pid(), pid)
      assert.equal(server.query('SELECT 1'), '1')
    },
  )
}

function postgresIn(setup: Setup): {
  readonly folder: string
  readonly as: string
  readonly restart: string
  pid(): number
  query(sql: string): string
} {
  const folder = join(setup.top, 'pg')
  const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))) as [number, number]
  mkdirSync(folder, { mode: 0o700 })
  chownSync(folder, uid, gid)
  execFileSync('chmod', ['711', setup.top])
  const as = `setpriv --reuid=${uid} --regid=${gid} --clear-groups`
  const run = (command: string) =>
    execFileSync('sh', ['-c', `cd ${folder} && ${as} ${command}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  run(`initdb -D ${folder}/data -U postgres -A trust --no-sync`)
  writeFileSync(join(folder, 'data/postgresql.auto.conf'), `listen_addresses = ''\nunix_socket_directories = '${folder}'\nfsync = off\n`, {
    flag: 'a',
  })
  // The program finds what it starts in a PATH of its own.
  const program = execFileSync('sh', ['-c', 'command -v pg_ctl'], { encoding: 'utf8' }).trim()
  const control = (what: string) => `${as} ${program} -D ${folder}/data -l ${folder}/log -w ${what}`
  spawn('sh', ['-c', control('start')], { stdio: 'ignore' }).unref()
  while (!existsSync(join(folder, 'data/postmaster.pid'))) execFileSync('sleep', ['0.1'])
  return {
    folder,
    as,
    restart: control('restart'),
    pid: () => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'latin1').split('\n')[0]),
    query: (sql) => run(`psql -h ${folder} -U postgres -Atc '${sql}' postgres`).trim(),
  }
}
