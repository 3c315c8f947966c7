import assert from 'node:assert/strict'
import { join } from 'node:path'
import { openSetup, type Setup } from '../faults/setup.ts'
import { attack } from './attack.ts'
import { complete, configure, type Ending, elsewhere, keysIn, makeOlder, PID_NAMESPACE, s3Of, slowRun, storeFor } from './store-scene.ts'

const SECONDS = [
  ['in a container of the same host', (setup: Setup) => ({ under: PID_NAMESPACE, env: { HOLDFAST_STATE: join(setup.top, 'state-0') } })],
  ['on another host', (setup: Setup) => elsewhere(setup, 1)],
] as const
const STORES = [
  ['S3', async (t: Ending) => s3Of(await storeFor(t))],
  ['an rclone remote', async (_t: Ending, setup: Setup) => ({ type: 'rclone', remote: join(setup.top, 'remote') })],
] as const

for (const [where, second] of SECONDS) {
  for (const [on, open] of STORES) {
    attack(
      {
        name: `a run ${where} begins beside one that uploads to ${on}`,
        attacker: 'a run in another container or on another host',
        how: 'begins a set in the same root, and removes what it considers remains',
        outcome: 'the unfinished set and uploads in progress are kept; both sets are published completely',
        needs: ['root', 'unshare', 'leave to mount', 'rclone'],
      },
      async (t) => {
        const setup = openSetup(t, () => undefined, 'plan.yaml')
        configure(setup, await open(t, setup))
        const first = await slowRun(setup, {}, async () => {
          const { code, stderr } = await setup.start(['-q', 'run'], second(setup))
          assert.deepEqual([code, stderr], [0, ''])
        })
        assert.deepEqual([first.code, first.stderr], [0, ''])
        assert.equal((await complete(setup)).length, 2)
      },
    )
  }
}

attack(
  {
    name: 'two hosts remove the same remains at the same time',
    attacker: 'a dead run on another host, and two runs that begin at the same time',
    how: 'leaves an unfinished set whose lease has not been renewed for an hour, beside a set that a running run on a fourth host is making',
    outcome:
      'the remains of the dead run are removed, except for a marker that reserves its name for an hour; the other three sets are published completely',
    needs: ['root', 'unshare', 'leave to mount'],
  },
  async (t) => {
    const store = await storeFor(t)
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    configure(setup, s3Of(store))
    const killed = await slowRun(setup, elsewhere(setup, 1), async (pid) => void process.kill(pid, 'SIGKILL'))
    assert.equal(killed.signal, 'SIGKILL')
    const left = keysIn(store)
    assert.equal(left.length, 2)
    makeOlder(store)
    const living = await slowRun(setup, elsewhere(setup, 2), async () => {
      const ended = await Promise.all([3, 4].map((host) => setup.start(['-q', 'run'], elsewhere(setup, host))))
      assert.deepEqual(
        ended.map(({ code, stderr }) => [code, stderr]),
        ended.map(() => [0, '']),
      )
    })
    assert.deepEqual([living.code, living.stderr], [0, ''])
    const names = await complete(setup)
    assert.equal(names.length, 3)
    const remains = () => keysIn(store).filter((key) => left.includes(key) || key.includes('/.holdfast/'))
    const [marker = '', ...others] = remains()
    assert.match(marker, /\/\.holdfast\/expiring$/u)
    assert.ok(left.some((key) => key.startsWith(marker.replace('.holdfast/expiring', ''))))
    assert.deepEqual(others, [])
    makeOlder(store)
    assert.equal((await setup.start(['-q', 'run'], elsewhere(setup, 2))).code, 0)
    assert.deepEqual(remains(), [])
  },
)

attack(
  {
    name: 'a run that was stopped in the middle of an upload continues after a run on another host removed its set',
    attacker: 'a run on another host, and a host that was suspended for an hour',
    how: 'stops the run with SIGSTOP while it makes an object, until its lease has not been renewed for an hour; a run on another host removes the unfinished set; then the first run continues',
    outcome:
      'the first run fails because it lost the lease, and publishes nothing; the set of the other host is complete, and the next run removes the rest',
    needs: ['root', 'unshare', 'leave to mount'],
  },
  async (t) => {
    const store = await storeFor(t)
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    configure(setup, s3Of(store))
    let left: readonly string[] = []
    const stopped = await slowRun(setup, {}, async (pid) => {
      process.kill(pid, 'SIGSTOP')
      left = keysIn(store)
      makeOlder(store)
      const { code, stderr } = await setup.start(['-q', 'run'], elsewhere(setup, 1))
      assert.deepEqual([code, stderr], [0, ''])
      process.kill(pid, 'SIGCONT')
    })
    assert.deepEqual([left.some((key) => key.includes('/lease/')), stopped.signal], [true, null])
    assert.notEqual(stopped.code, 0)
    const [name = ''] = (left[0] ?? '').replace(/^web\//u, '').split('/.holdfast/')
    assert.match(stopped.stderr, /lost the lease of the set "[^"]+" in "[^"]+": another run (?:removed|replaced) it/u)
    assert.match(stopped.stderr, /Check whether this host was suspended, cloned, or disconnected/u)
    const names = await complete(setup)
    assert.deepEqual([names.length, names.includes(name)], [1, false])
    makeOlder(store)
    assert.equal((await setup.start(['-q', 'run'], elsewhere(setup, 1))).code, 0)
    assert.equal((await complete(setup)).length, 2)
    assert.deepEqual(
      keysIn(store).filter((key) => key.includes('/.holdfast/')),
      [],
    )
  },
)
