import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { backupText, planOf } from '../../../../test/support/native.ts'
import type { UnitNeeds } from '../../../schedule/timers/render-units.ts'
import { needsOf } from './needs-of.ts'

const STATE = '/var/lib/holdfast'

async function needsFor(text: string): Promise<UnitNeeds> {
  const plan = await planOf(text)
  const task = plan.tasks.get('nightly')
  assert.ok(task)
  return needsOf(plan, task, STATE)
}

const ofObject = (object: string) => needsFor(backupText(`{ a: ${object} }`))

describe('what a run needs of the host', () => {
  it('is everything for commands, and for programs with files or locks of their own', async () => {
    const objects = ['{ exec: [echo] }', '{ ldap: {} }', '{ ldap: { suffix: "dc=example" } }']
    for (const object of objects) {
      const { isOpen, network } = await ofObject(object)
      assert.deepEqual([isOpen, network], [true, 'all'], object)
    }
  })

  it('is the storage and the state folder for files, and the network for databases', async () => {
    assert.deepEqual(await ofObject('{ files: { paths: [/etc] } }'), {
      ...{ writes: ['/b', STATE], isOpen: false, network: 'none', readsDevices: false, setsGroupBit: true, mounts: [] },
    })
    for (const kind of ['postgresql', 'mariadb']) {
      const { isOpen, network, writes } = await ofObject(`{ ${kind}: { databases: all } }`)
      assert.deepEqual([isOpen, network, writes], [false, 'all', ['/b', '/tmp', STATE]], kind)
    }
    const facts = await ofObject('{ host-facts: {} }')
    assert.deepEqual([facts.network, facts.readsDevices], ['interfaces', true])
  })

  it('is the folder of an SQLite database, also if its path is a link', async (t) => {
    const top = mkdtempSync(join(tmpdir(), 'needs-'))
    t.after(() => rmSync(top, { recursive: true }))
    for (const name of ['links', 'real']) mkdirSync(join(top, name))
    writeFileSync(join(top, 'real', 'app.db'), '')
    symlinkSync('../real/app.db', join(top, 'links', 'app.db'))
    const { writes } = await ofObject(`{ sqlite: { path: ${top}/links/app.db } }`)
    assert.deepEqual(writes, ['/b', `${top}/links`, `${top}/real`, STATE, '/var/tmp'])
  })

  it('includes the network for notifications', async () => {
    const files = backupText('{ a: { files: { paths: [/etc] } } }')
    const notifying = files
      .replace('tasks:', 'notifiers: { ops: { type: webhook, url: "https://ops.example/x" } }\ntasks:')
      .replace('    steps:', '    notify: [ops]\n    steps:')
    const { isOpen, network } = await needsFor(notifying)
    assert.deepEqual([isOpen, network], [false, 'all'])
  })
})
