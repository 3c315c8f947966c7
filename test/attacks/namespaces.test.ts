import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processesWith } from '../faults/processes-with.ts'
import { openSetup } from '../faults/setup.ts'
import { attack } from './attack.ts'

const WAYS = [
  { name: 'in a PID namespace', under: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] },
  { name: 'in a PID namespace that sees the /proc of the host', under: ['unshare', '--pid', '--fork', '--kill-child'] },
] as const

for (const { name, under } of WAYS) {
  attack(
    {
      name: `two runs back up to one root, the first ${name}`,
      attacker: 'a run in another container',
      how: 'begins a set in the root, with the cgroups and the state folder of the host; then a run of the host backs up to that root, and another task is run',
      outcome: 'the runs of the host end no process of the first run and keep its work folder; both sets are published completely',
      needs: ['root', 'unshare'],
    },
    async (t) => {
      const setup = openSetup(t, () => undefined, 'plan.yaml')
      const go = join(setup.top, 'go')
      const slow = `echo first; until [ -e ${go} ]; do sleep 0.1; done; echo last`
      const backup = (set: string, shell: string) => ({ backup: { name: set, objects: { a: { exec: { shell } } } } })
      setup.configure({
        version: 1,
        storages: { near: { type: 'localfs', root: setup.root } },
        tasks: {
          slow: { steps: [backup('sets', slow)] },
          quick: { steps: [backup('others', 'echo a')] },
          none: { steps: [{ exec: ['/bin/true'] }] },
        },
      })
      const isAtWork = () => processesWith(go).some(({ text }) => /sleep/u.test(text) || text.includes(go))
      const first = await setup.start(['-q', 'run', 'slow'], {
        under,
        meanwhile: async () => {
          while (!isAtWork()) await sleep(50)
          for (const task of ['quick', 'none']) {
            const { code, stderr } = await setup.start(['-q', 'run', task])
            assert.deepEqual([code, stderr], [0, ''])
          }
          assert.ok(isAtWork(), 'the first goes on')
          writeFileSync(go, '')
        },
      })
      assert.deepEqual([first.code, first.stderr], [0, ''])
      assert.deepEqual(readdirSync(join(setup.state, 'processes')), [])
      const verified = await setup.start(['-q', 'verify'])
      assert.deepEqual([verified.code, verified.stderr], [0, ''])
    },
  )
}

attack(
  {
    name: 'a process of the host has the PID of the run in its PID namespace',
    attacker: 'a process of the host',
    how: 'has that PID in the /proc of the host, which the run sees; the run makes an archive and a set, and restores the set',
    outcome: 'nothing of that process is executed or written to: the archive, the set and the restored files are complete',
    needs: ['root', 'unshare'],
  },
  async (t) => {
    const setup = openSetup(t, () => undefined, 'plan.yaml')
    const source = join(setup.top, 'source')
    mkdirSync(source)
    writeFileSync(join(source, 'file'), 'text')
    setup.configure({
      version: 1,
      storages: { near: { type: 'localfs', root: setup.root } },
      'file-sets': { files: { archives: { basename: 'x', folder: join(setup.top, 'archives') } } },
      tasks: {
        archive: { steps: [{ archive: { source, files: 'files' } }, { 'test-files': { files: ['files'] } }] },
        set: { steps: [{ backup: { name: 'sets', objects: { a: { files: { paths: [source] } } } } }] },
      },
    })
    const under = ['unshare', '--pid', '--fork', '--kill-child']
    for (const args of [
      ['run', 'archive'],
      ['run', 'set'],
      ['restore', 'set', '--to', join(setup.top, 'back')],
    ]) {
      const { code, stderr } = await setup.start(['-q', ...args], { under })
      assert.deepEqual([code, stderr], [0, ''])
    }
    const back = readdirSync(join(setup.top, 'back'), { recursive: true }).map(String)
    assert.ok(
      back.some((name) => name.endsWith('/source/file')),
      back.join(),
    )
  },
)
