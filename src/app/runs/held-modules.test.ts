import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { holdModules } from './held-modules.ts'

it('notes modules that cannot be loaded in advance, and stays silent about packages that are not installed', async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'held-modules-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return pathToFileURL(join(folder, name)).href
  }
  write('broken.mjs', 'throw new Error("it is broken")')
  write('good.mjs', 'export const good = 1')
  const modules = holdModules()
  await import(
    write('lazy.mjs', "export const all = [() => import('./broken.mjs'), () => import('holdfast-no-such-package'), () => import('./good.mjs')]")
  )
  await import(write('gone.mjs', 'export const gone = 1'))
  rmSync(join(folder, 'gone.mjs'))
  const notes = (await modules.loadLazy()).toSorted()
  assert.equal(notes.length, 2, notes.join('\n'))
  assert.equal(notes[0], 'could not load the module "./broken.mjs" in advance: it is broken')
  assert.match(notes[1] ?? '', /^could not load the module ".*\/gone\.mjs" in advance: .*no such file/u)
  rmSync(join(folder, 'good.mjs'))
  const { all } = await import(pathToFileURL(join(folder, 'lazy.mjs')).href)
  assert.deepEqual({ ...(await all[2]()) }.good, 1)
})
