import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PeriodField } from './period-rule.ts'
import { parsePeriodRule } from './read-period-rule.ts'

const values = (...list: readonly number[]) => [{ kind: 'values' as const, values: list }]

describe('parsePeriodRule', () => {
  it('parses the five fields with any blanks, and ignores text after them', () => {
    assert.deepEqual(parsePeriodRule(' 40\t02  1 * 0 the first '), {
      text: '40\t02  1 * 0 the first',
      minute: values(40),
      hour: values(2),
      day: values(1),
      month: 'any',
      weekday: values(0),
    })
  })

  const minute: Readonly<Record<string, PeriodField | undefined>> = {
    '*': 'any',
    '?': 'any',
    '5': values(5),
    '5,7': [...values(5), ...values(7)],
    '5-8': values(5, 6, 7, 8),
    '5-9/2': values(5, 7, 9),
    '58-1': values(58, 59, 0, 1),
    '57-2/2': values(57, 59, 1),
    '*/20': values(0, 20, 40),
    '50/4': values(50, 54, 58),
    '%90': [{ kind: 'every', units: 90 }],
    '60': undefined,
    '5-60': undefined,
    '*/0': undefined,
    '%0': undefined,
    L: undefined,
    x: undefined,
    '5,': undefined,
  }
  for (const [text, field] of Object.entries(minute))
    it(`parses "${text}" as ${JSON.stringify(field)}`, () => assert.deepEqual(parsePeriodRule(`${text} * * * *`)?.minute, field))

  const weekday: Readonly<Record<string, PeriodField | undefined>> = {
    '7': values(0),
    '5-7': values(5, 6, 0),
    'mon-WED': values(1, 2, 3),
    sun: values(0),
    '5L': [{ kind: 'last', weekday: 5 }],
    friL: [{ kind: 'last', weekday: 5 }],
    '1#2': [{ kind: 'nth-weekday', weekday: 1, nth: 2 }],
    '1#6': undefined,
    L: undefined,
    '8': undefined,
    '15W': undefined,
  }
  for (const [text, field] of Object.entries(weekday))
    it(`parses the day of week "${text}" as ${JSON.stringify(field)}`, () => assert.deepEqual(parsePeriodRule(`0 0 * * ${text}`)?.weekday, field))

  it('supports the last day, working days and names of months', () => {
    assert.deepEqual(parsePeriodRule('0 0 L jan,Jul *')?.day, [{ kind: 'last' }])
    assert.deepEqual(parsePeriodRule('0 0 L jan,Jul *')?.month, [...values(1), ...values(7)])
    assert.deepEqual(parsePeriodRule('0 0 15W * *')?.day, [{ kind: 'near-workday', day: 15 }])
    assert.equal(parsePeriodRule('0 0 32W * *'), undefined)
    assert.equal(parsePeriodRule('0 0 0 * *'), undefined)
  })

  it('supports the nicknames', () => {
    const { text, ...rest } = parsePeriodRule('@weekly') ?? assert.fail()
    assert.equal(text, '@weekly')
    assert.deepEqual({ ...parsePeriodRule('0 0 * * 0'), text: undefined }, { ...rest, text: undefined })
    for (const name of ['@yearly', '@annually', '@monthly', '@daily', '@midnight', '@hourly']) assert.ok(parsePeriodRule(name), name)
    for (const wrong of ['@reboot', '', '0 0 * *', '@']) assert.equal(parsePeriodRule(wrong), undefined, wrong)
  })
})
