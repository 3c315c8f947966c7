import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openWebPlace } from '../support/web-place.ts'

const HOLDFAST = fileURLToPath(new URL('../../holdfast', import.meta.url))

const config = (folder: string, to = 'near, far') => `version: 1
storages: { near: { type: localfs, root: ${folder}/root }, far: { type: localfs, root: ${folder}/far } }
tasks: { nightly: { steps: [ { backup: { keep: { last: 3 }, to: [${to}], objects: { all: { files: { paths: [${folder}/data] } } } } } ] } }
`

test('a copy that stopped is visible in the metrics, by task and storage', async (t) => {
  const place = await openWebPlace({ render: (folder) => config(folder) })
  t.after(() => place.close())
  const holdfast = (...words: readonly string[]) => spawnSync(HOLDFAST, ['-f', place.config, ...words], { env: place.env, encoding: 'utf8' })
  const first = holdfast('-q', 'run', 'nightly')
  assert.equal(first.status, 0, first.stderr)
  const ages = () =>
    [...holdfast('metrics').stdout.matchAll(/^holdfast_newest_set_age_seconds\{task="nightly",storage="(\w+)"\} (\S+)$/gmu)].map(
      ([, storage = '', age]) => [storage, Number(age)] as const,
    )
  assert.deepEqual(Object.keys(Object.fromEntries(ages())).toSorted(), ['far', 'near'])
  writeFileSync(place.config, config(place.folder, 'near'))
  assert.equal(holdfast('-q', 'run', 'nightly').status, 0)
  writeFileSync(place.config, config(place.folder))
  const now = Object.fromEntries(ages())
  assert.ok((now['far'] ?? 0) > (now['near'] ?? 0), JSON.stringify(now))
  // A set of another host in the same folder says nothing about this one.
  const root = join(place.folder, 'root/nightly')
  const newest =
    readdirSync(root)
      .filter((name) => name.startsWith('2'))
      .toSorted()
      .at(-1) ?? ''
  const manifest = join(root, newest, 'manifest.json')
  const text = readFileSync(manifest, 'utf8')
  const other = text.replace(/"host": .*/u, '"host": "other",').replace(/"hostId": .*/u, '"hostId": "0123",')
  assert.notEqual(other, text)
  writeFileSync(manifest, other)
  const without = Object.fromEntries(ages())
  assert.equal(without['near'], without['far'], JSON.stringify(without))
})
