import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openWebPlace } from '../support/web-place.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Notes each module that the program loads.
const NOTING = `import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context) } })`

test('commands that need no web load nothing of the server, so that their start does not become slower', async (t) => {
  const place = await openWebPlace()
  t.after(() => place.close())
  for (const words of [['-q', 'run', 'nightly'], ['sets']]) {
    const LOADED = join(place.folder, `loaded-${words.at(-1)}`)
    const program = ['--import', `data:text/javascript,${encodeURIComponent(NOTING)}`, join(root, 'src/main.ts'), '-f', place.config, ...words]
    const { status, stderr } = spawnSync(process.execPath, program, { env: { ...place.env, LOADED }, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const loaded = readFileSync(LOADED, 'utf8').split('\n')
    assert.ok(loaded.some((it) => it.endsWith('/src/cli/start.ts')))
    assert.deepEqual(
      loaded.filter((it) => /\/src\/(?:api|accounts|app\/web)\/|\/node_modules\/(?:hono|@hono)\//u.test(it)),
      [],
      words.join(' '),
    )
  }
})
