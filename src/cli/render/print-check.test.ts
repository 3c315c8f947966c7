import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Answer, statusOf } from '../../app/checks/answer.ts'
import { parsePerfdata } from '../../check/plugin/perfdata.ts'
import { isCheckCommand, renderAnswers } from './print-check.ts'

const answer = (name: string, status: Answer['status'], more: Partial<Answer> = {}): Answer => ({
  name,
  kind: 'exec',
  status,
  reason: `${name} is ${status}`,
  facts: [],
  ...more,
})
const brief = { isVerbose: false }

describe('the answer of a plugin', () => {
  it('is the worst of all: critical before unknown before warning', () => {
    const all = (['ok', 'warn', 'unknown', 'fail'] as const).map((status) => answer(status, status))
    for (const [count, status] of (['ok', 'warn', 'unknown', 'fail'] as const).entries()) assert.equal(statusOf(all.slice(0, count + 1)), status)
    assert.equal(statusOf([]), 'ok')
    assert.equal(renderAnswers(all, brief), 'HOLDFAST CRITICAL - fail: fail is fail; unknown: unknown is unknown; warn: warn is warn\n')
  })

  it('gives two numbers of one name the names of their checks', () => {
    const facts = [{ label: 'load', value: 1, unit: '' }]
    const text = renderAnswers([answer('a', 'ok', { facts }), answer('b', 'ok', { facts: [...facts, { label: 'x', value: 2, unit: 's' }] })], brief)
    assert.equal(text, "HOLDFAST OK - 2 checks, all OK|'a load'=1 'b load'=1 x=2s\n")
  })

  it('is always one line with one "|"', () => {
    const anAnswer = fc.record({
      name: fc.string(),
      kind: fc.constant('exec'),
      status: fc.constantFrom('ok', 'warn', 'fail', 'unknown'),
      reason: fc.string({ maxLength: 5000 }),
      facts: fc.array(fc.record({ label: fc.string({ minLength: 1 }), value: fc.integer(), unit: fc.string(), warn: fc.string(), max: fc.string() })),
    })
    fc.assert(
      fc.property(fc.array(anAnswer as fc.Arbitrary<Answer>, { minLength: 1 }), (answers) => {
        const text = renderAnswers(answers, brief)
        assert.equal(text.indexOf('\n'), text.length - 1)
        const [said = '', ...rest] = text.split('|')
        assert.ok(rest.length <= 1 && said.length < 2100)
        const count = answers.flatMap(({ facts }) => facts).length
        assert.ok(parsePerfdata(rest.join('')).length <= count)
      }),
    )
  })

  it('is recognized wherever the command is', () => {
    for (const argv of [
      ['check'],
      ['-q', 'check', '--bogus'],
      ['-f', 'run', 'check'],
      ['--file', 'x', 'check'],
      ['-qf', 'x', 'check'],
      ['--invoked-as=holdfast', 'check'],
    ])
      assert.equal(isCheckCommand(argv), true, argv.join(' '))
    for (const argv of [[], ['run', 'check'], ['-f', 'check', 'run'], ['config', 'check'], ['--check']])
      assert.equal(isCheckCommand(argv), false, argv.join(' '))
  })
})
