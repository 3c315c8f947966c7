import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openWebPlace } from '../support/web-place.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Notes each module that the program loads.
const NOTING = `import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context) } })`

/** The files that the program loads, and what its steps wrote in between. */
function loadedBy(words: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const program = ['--import', `data:text/javascript,${encodeURIComponent(NOTING)}`, join(root, 'src/main.ts'), ...words]
  const { status, stderr } = spawnSync(process.execPath, program, { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return readFileSync(env['LOADED'] ?? '', 'utf8').split('\n')
}

test('commands that need no web load nothing of the server, so that their start does not become slower', async (t) => {
  const place = await openWebPlace()
  t.after(() => place.close())
  for (const words of [['-q', 'run', 'nightly'], ['sets']]) {
    const LOADED = join(place.folder, `loaded-${words.at(-1)}`)
    const loaded = loadedBy(['-f', place.config, ...words], { ...place.env, LOADED })
    assert.ok(loaded.some((it) => it.endsWith('/src/cli/start.ts')))
    assert.deepEqual(
      loaded.filter((it) => /\/src\/(?:api|accounts|app\/web)\/|\/node_modules\/(?:hono|@hono)\//u.test(it)),
      [],
      words.join(' '),
    )
  }
})

test('a run loads what its steps need, before the first of them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'loaded-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { PATH: '/usr/bin:/bin', HOLDFAST_STATE: join(folder, 'state'), LOADED: join(folder, 'loaded') }
  const config = join(folder, 'holdfast.yaml')
  const step = `exec: [/bin/sh, -c, "echo the first step >> ${env.LOADED}"]`
  writeFileSync(
    config,
    `version: 1
storages: { local: { type: localfs, root: ${folder}/sets } }
tasks:
  command: { steps: [{ ${step} }] }
  set: { steps: [{ ${step} }, { backup: { objects: { o: { exec: [/bin/echo, x] } } } }] }
`,
    { mode: 0o600 },
  )
  const loadedFor = (task: string) => {
    rmSync(env.LOADED, { force: true })
    const loaded = loadedBy(['-q', '-f', config, 'run', task], env)
    const started = loaded.indexOf('the first step')
    assert.ok(started > 0)
    assert.deepEqual(
      loaded.slice(started + 1).filter((it) => it.startsWith('file:')),
      [],
    )
    return loaded
  }
  const unneeded = /\/node_modules\/kysely\/|\/src\/(?:backup\/(?:make|keep|copy)|legacy\/palhm\/load|app\/preview\/preview)/u
  assert.deepEqual(
    loadedFor('command').filter((it) => unneeded.test(it)),
    [],
  )
  // New sets are compared with those in the journal.
  assert.ok(loadedFor('set').some((it) => it.includes('/node_modules/kysely/')))
})
