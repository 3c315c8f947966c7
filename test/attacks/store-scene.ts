import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ended, Setup, StartOptions } from '../faults/setup.ts'
import { type S3Server, type S3ServerOptions, startS3Server } from '../support/s3-server/s3-server.ts'

export interface Ending {
  after(work: () => void | Promise<void>): void
}

export async function storeFor(t: Ending, options: S3ServerOptions = {}): Promise<S3Server> {
  const store = await startS3Server(options)
  t.after(() => store.close())
  return store
}

export const s3At = (url: string, { account }: S3Server, completeWhen = 'manifest') => ({
  type: 's3',
  bucket: 'acme',
  root: 'web',
  endpoint: url,
  'access-key': account.accessKey,
  'secret-key': account.secretKey,
  'complete-when': completeWhen,
})

/** While the file `slow` is there, a run that makes its object says so in `slow`, and waits for the file `go`. */
export function configure(setup: Setup, storage: object): void {
  const [slow, go] = [join(setup.top, 'slow'), join(setup.top, 'go')]
  const shell = `echo first; if [ -e ${slow} ]; then echo >>${slow}; until [ -e ${go} ]; do sleep 0.1; done; fi; echo last`
  const step = { backup: { name: 'sets', keep: { last: 9 }, objects: { a: { exec: { shell }, compress: 'none' } } } }
  setup.configure({ version: 1, storages: { far: storage }, tasks: { default: { steps: [step] } } })
}

/** The sets that count, each verified; in this process, which starts no other one for it. */
export async function complete(setup: Setup): Promise<readonly string[]> {
  const read = (...args: readonly string[]) => setup.run(args, { clock: () => new Date() })
  const { code, stdout, stderr } = await read('sets', '--json', 'default')
  assert.deepEqual([code, stderr], [0, ''])
  const { sets } = JSON.parse(stdout) as { readonly sets: readonly { readonly name: string; readonly state: string }[] }
  const names = sets.filter(({ state }) => state !== 'unfinished').map(({ name }) => name)
  for (const name of names) {
    const verified = await read('-q', 'verify', 'default', name)
    assert.deepEqual([verified.code, verified.stderr], [0, ''], name)
  }
  return names
}

export async function runWell(setup: Setup, under: readonly string[] = []): Promise<void> {
  const { code, stderr } = await setup.start(['-q', 'run'], { under })
  assert.deepEqual([code, stderr], [0, ''])
}

export const keysIn = (store: S3Server) => [...store.bucket('acme').objects.keys()]

/** As if an hour had passed since everything was stored. */
export function makeOlder(store: S3Server): void {
  const { objects } = store.bucket('acme')
  for (const [key, object] of objects) objects.set(key, { ...object, modified: new Date(object.modified.getTime() - 3600_000) })
}

export const PID_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Another host, as far as the program can tell: a machine id, a pid namespace and a state of its own. */
export function elsewhere(setup: Setup, number: number): { readonly under: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const id = join(setup.top, `machine-id-${number}`)
  writeFileSync(id, `${String(number).repeat(32)}\n`)
  const under = ['unshare', '--mount', ...PID_NAMESPACE.slice(1), 'sh', '-c', `mount --bind ${id} /etc/machine-id && exec "$@"`, 'sh']
  return { under, env: { HOLDFAST_STATE: join(setup.top, `state-${number}`) } }
}

/** A run whose object is in the making while the work is done. */
export async function slowRun(setup: Setup, options: StartOptions, work: (pid: number) => Promise<void>): Promise<Ended> {
  const [slow, go] = [join(setup.top, 'slow'), join(setup.top, 'go')]
  writeFileSync(slow, '')
  rmSync(go, { force: true })
  return await setup.start(['-q', 'run'], {
    ...options,
    async meanwhile(pid) {
      while (readFileSync(slow, 'utf8') === '' && process.kill(pid, 0)) await sleep(20)
      rmSync(slow)
      await work(pid)
      writeFileSync(go, '')
    },
  })
}

export const s3Of = (store: S3Server) => s3At(store.url, store)
