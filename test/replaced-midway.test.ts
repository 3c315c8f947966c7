import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

for (const [kind, make] of [
  ['the sources', copySources],
  ['the folder for hosts', async (home: string) => buildFolder(checkout, home)],
] as const) {
  it(`a run continues to its end if its files are removed in the meantime: ${kind}`, async (t) => {
    const top = mkdtempSync(join(tmpdir(), 'midway-'))
    t.after(() => rmSync(top, { recursive: true, force: true }))
    const [home, root, begun, gone] = ['home', 'root', 'begun', 'gone'].map((name) => join(top, name)) as [string, string, string, string]
    await make(home)
    // Large enough for the thread that digests; the second set rotates the first.
    const script = `head -c 6000000 /dev/zero; touch ${begun}; while [ ! -e ${gone} ]; do sleep 0.05; done; head -c 6000000 /dev/zero`
    const object = (path: string, text: string) => ({ path, pipeline: [{ type: 'exec-inline', argv: ['/bin/sh', '-c', text] }] })
    const backup = {
      type: 'backup',
      backend: 'localfs',
      'backend-param': { root, 'nb-copy-limit': 1 },
      objects: [object('a', script), object('b', 'echo b')],
    }
    const tasks = [
      { id: 'sets', ...backup },
      {
        id: 'default',
        type: 'routine',
        routine: [
          { type: 'task', 'task-id': 'sets' },
          { type: 'exec-inline', argv: ['/bin/echo', 'after'] },
          { type: 'task', 'task-id': 'sets' },
        ],
      },
    ]
    writeFileSync(join(top, 'plan.json'), JSON.stringify({ tasks }))
    const env = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(top, 'state') }
    const child = spawn(join(home, 'holdfast'), ['-q', '-f', join(top, 'plan.json'), 'run'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(String(chunk)))
    while (!existsSync(begun)) {
      assert.equal(child.exitCode, null, said.join(''))
      await sleep(20)
    }
    for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true, force: true })
    writeFileSync(gone, '')
    const [code] = await once(child, 'close')
    assert.deepEqual([code, said.join('')], [0, 'after\n'])
    const [set = '', ...more] = readdirSync(root).filter((name) => !name.startsWith('.'))
    assert.deepEqual([more, readFileSync(join(root, set, 'a')).length], [[], 12_000_000])
  })
}

async function copySources(home: string): Promise<void> {
  mkdirSync(home)
  for (const name of ['holdfast', 'package.json', 'src', 'share'])
    cpSync(join(checkout, name), join(home, name), { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(checkout, 'node_modules'), join(home, 'node_modules'))
}
