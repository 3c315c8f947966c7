import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOf } from '../../../test/support/native.ts'
import { chooseChecks } from './choose-checks.ts'

const TASKS = `
tasks:
  nightly:
    schedule: daily
    steps:
      - check: { name: before, disk-space: { paths: [/b] } }
      - backup: { to: disk, objects: { a: { exec: [x] } } }
      - copy: { from: disk, to: nas }
  inner: { steps: [{ backup: { to: nas, objects: { a: { exec: [x] } } } }, { check: { exec: [x] } }] }
  weekly: { schedule: weekly, steps: [{ task: inner }] }
  empty: { steps: [{ backup: { to: nowhere, objects: { a: { exec: [x] } } } }] }
`

async function chosen(checks: string, ...names: readonly string[]) {
  const plan = await planOf(
    `version: 1\nstorages:\n  disk: { type: localfs, root: /disk, min-free: 5GiB }\n  nas: { type: localfs, root: /nas }\n  nowhere: { type: null }\n${checks}${TASKS}`,
  )
  return chooseChecks(plan, names).map((chosen) => {
    if (chosen.kind === 'runs') return `runs of ${chosen.tasks.join(' ')}`
    if (chosen.kind === 'requirements') return `requirements of ${chosen.tasks?.map((it) => it.name).join(' ') ?? 'all'}`
    const { name, check } = chosen
    if (check.kind === 'freshness') return `${name}: age by ${check.task}/${check.step ?? '*'}`
    return check.kind === 'disk-space' ? `${name}: space of ${check.paths.join(' ')} ${JSON.stringify(check.fail)}` : `${name}: ${check.kind}`
  })
}

describe('the selected checks', () => {
  it('follow from the plan, each once, ages by the schedule that brings the sets', async () => {
    assert.deepEqual(await chosen(''), [
      'nightly: age by nightly/nightly',
      'inner: age by weekly/inner',
      'space on disk: space of /disk {"kind":"bytes","bytes":5368709120}',
      'space on nas: space of /nas {"kind":"percent","percent":5}',
      'runs of nightly inner weekly empty',
      'requirements of all',
    ])
  })

  it('are those at the top first, and then only what these leave', async () => {
    const checks = 'checks:\n  sets: { freshness: { task: weekly } }\n  room: { disk-space: { paths: [/nas, /] } }\n'
    assert.deepEqual(await chosen(checks), [
      'sets: age by weekly/*',
      'room: space of /nas / {"kind":"percent","percent":5}',
      'nightly: age by nightly/nightly',
      'space on disk: space of /disk {"kind":"bytes","bytes":5368709120}',
      'runs of nightly inner weekly empty',
      'requirements of all',
    ])
  })

  it('may be named, by their own names or by those of tasks', async () => {
    const checks = 'checks:\n  sets: { freshness: { task: weekly } }\n  inner: { exec: [x] }\n'
    assert.deepEqual(await chosen(checks, 'before', 'sets'), ['before: space of /b {"kind":"percent","percent":5}', 'sets: age by weekly/*'])
    assert.deepEqual(await chosen(checks, 'inner'), ['inner: exec'])
    assert.deepEqual(await chosen(checks, 'weekly'), ['inner 2: exec', 'sets: age by weekly/*', 'runs of weekly', 'requirements of weekly inner'])
    assert.deepEqual(await chosen('', 'weekly'), ['inner 2: exec', 'inner: age by weekly/inner', 'runs of weekly', 'requirements of weekly inner'])
    assert.deepEqual(await chosen('', 'empty'), ['runs of empty', 'requirements of empty'])
  })

  it('must be known', async () => {
    await assert.rejects(chosen('', 'nighlty'), (error: Error & { hint?: string }) => {
      assert.equal(error.message, 'unknown check or task "nighlty"')
      assert.match(error.hint ?? '', /^Did you mean "nightly"\? Available checks and tasks: "before", "nightly", /u)
      return true
    })
  })
})
