import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { load, planFrom } from '../../../test/support/palhm.ts'

describe('nb-workers', () => {
  // Of the 4 CPUs of the machine, 2 are for us.
  const cases: Readonly<Record<string, number>> = {
    '0': 2,
    '1': 1,
    '7': 7,
    '2.5': 3,
    '0.5': 1,
    '3.0': 3,
    '-1': 8,
    '-0.5': 8,
    '-0': 2,
    true: 1,
    false: 2,
    '1e2': 100,
    '1e400': 65_536,
    Infinity: 65_536,
    '-Infinity': 8,
    '99999999999999999999': 65_536,
  }
  for (const [text, workers] of Object.entries(cases))
    it(`${text} means ${workers}`, async () => assert.equal((await planFrom(`{"nb-workers": ${text}}`)).workers, workers))

  it('is the number of CPUs by default, and at least one', async () => {
    assert.equal((await planFrom({})).workers, 2)
    assert.equal((await planFrom({}, { host: { availableCpus: 0, machineCpus: 0 } })).workers, 1)
    assert.equal((await planFrom({ 'nb-workers': -1 }, { host: { availableCpus: 64, machineCpus: 64 } })).workers, 32)
  })

  for (const text of ['null', '"2"', '[]', '{}', 'NaN'])
    it(`refuses ${text}`, async () => assert.match((await load(`{"nb-workers": ${text}}`)).errors, /nb-workers: expected a number/u))
})

describe('vl', () => {
  const cases: Readonly<Record<string, number>> = { '3': 3, '0': 0, '-3': -3, '100': 100, true: 1, false: 0, '99999999999999999999999': 1_000_000 }
  for (const [text, verbosity] of Object.entries(cases))
    it(`${text} means ${verbosity}`, async () => assert.equal((await planFrom(`{"vl": ${text}}`)).verbosity, verbosity))

  it('is 3 by default', async () => assert.equal((await planFrom({})).verbosity, 3))

  for (const text of ['null', '"3"', '3.5', '3.0', '1e1', '[]', 'NaN', 'Infinity'])
    it(`refuses ${text}`, async () => assert.match((await load(`{"vl": ${text}}`)).errors, /vl: expected a (?:whole )?number/u))
})

describe('modules', () => {
  it('are known by name, twice being no harm', async () => assert.deepEqual((await planFrom({ modules: ['aws', 'aws'] })).modules, ['aws']))

  it('refuse others', async () => {
    assert.match((await load({ modules: ['nope'] })).errors, /modules\[0\]: unknown module "nope". Available: aws/u)
    assert.match((await load({ modules: ['AWS'] })).errors, /Did you mean "aws"\?/u)
    assert.match((await load({ modules: 'aws' })).errors, /modules: expected a list, found a string/u)
    assert.match((await load({ modules: [1] })).errors, /modules\[0\]: expected a string, found a number/u)
  })
})

describe('lists', () => {
  for (const key of ['include', 'execs', 'tasks', 'modules']) {
    it(`${key}: null and other things that are no list are refused`, async () => {
      for (const value of [null, 'x', 1, true, { a: 1 }])
        assert.match((await load({ [key]: value })).errors, new RegExp(`error: ${key}: expected a list`, 'u'), JSON.stringify(value))
    })
    it(`${key}: what iterates as nothing passes, with a warning`, async () => {
      for (const value of [{}, '']) {
        const { plan, warnings } = await load({ [key]: value })
        assert.ok(plan)
        assert.match(warnings, /is treated as an empty list/u)
      }
    })
  }
})

describe('a plan', () => {
  it('is frozen, and names what runs by default', async () => {
    const plan = await planFrom({ execs: [{ id: 'x', argv: ['x'] }], tasks: [] })
    assert.ok(Object.isFrozen(plan))
    assert.ok(Object.isFrozen(plan.commands.get('x')?.argv))
    assert.deepEqual([plan.dialect, plan.file, plan.defaultTask, plan.files], ['palhm', '/c/main.json', 'default', ['/c/main.json']])
  })
})
