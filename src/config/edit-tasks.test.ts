import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editTask } from './edit-tasks.ts'

const NATIVE = `# head
version: 1
tasks:
  nightly: # every night
    schedule: '30 2 * * *'   # early
    steps: [{ exec: [ "true" ] }]
  # the weekly one
  weekly:
    steps:
      - exec: ["true"]
logs: { folder: /x }
`

test('a schedule is replaced where it stands, and everything else stays to the byte', () => {
  const edit = { kind: 'schedule', task: 'nightly', words: ['15 4 * * *'] } as const
  assert.equal(editTask(NATIVE, edit, 'native'), NATIVE.replace("'30 2 * * *'", '"15 4 * * *"'))
  const twice = { kind: 'schedule', task: 'weekly', words: ['0 1 * * 0', '0 2 1 * *'], description: 'On "Sundays"' } as const
  const text = editTask(NATIVE, twice, 'native')
  assert.ok(text.includes('  weekly:\n'))
  assert.ok(text.includes('    schedule: ["0 1 * * 0", "0 2 1 * *"]\n'), text)
  assert.ok(text.includes('    description: "On \\"Sundays\\""\n'), text)
  assert.ok(text.includes('    steps:\n      - exec: ["true"]\nlogs: { folder: /x }\n'), text)
})

test('a task is added and removed, and the others stay', () => {
  const added = editTask(NATIVE, { kind: 'add', task: 'both', words: ['0 5 * * *'], runs: ['nightly', 'weekly'] }, 'native')
  assert.ok(
    added.includes('  "both":\n    schedule: "0 5 * * *"\n    steps: [{ task: "nightly" }, { task: "weekly" }]\nlogs: { folder: /x }\n'),
    added,
  )
  assert.equal(editTask(added, { kind: 'remove', task: 'both' }, 'native'), NATIVE)
  assert.throws(() => editTask(NATIVE, { kind: 'add', task: 'weekly', words: ['x'], runs: ['x'] }, 'native'), { code: 'config/duplicate-task' })
  assert.throws(() => editTask(NATIVE, { kind: 'remove', task: '__proto__' }, 'native'), { code: 'config/unknown-task' })
})

test('records of KristaBackup on one line are changed on that line', () => {
  const text = 'schedule:\n  full: {cron: 00 23 * * 0, actions: [tar0], descr: Полный}   # Sundays\nactions: {}\n'
  const edit = { kind: 'schedule', task: 'full', words: ['00 22 * * 0'] } as const
  assert.equal(editTask(text, edit, 'krista'), text.replace('00 23 * * 0', '"00 22 * * 0"'))
  assert.throws(() => editTask('{}', edit, 'palhm'), { code: 'config/not-editable' })
})
