import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseTimes } from './times.ts'

describe('parseTimes', () => {
  for (const text of [
    '30 2 * * *',
    '007 1 * * *',
    '5-5/2 * * * *',
    '*/2000 * * * *',
    '0 1 * JAN-mar sun',
    '@daily',
    '@Daily',
    '@reboot',
    ' 0  2 * * * ',
  ])
    it(`recognizes "${text}" as a cron expression`, () => assert.notEqual(parseTimes(text).kind, 'calendar'))

  for (const text of [
    'Mon..Fri 02:30',
    'Sun 05:00',
    'Monday 03:00',
    'mon-fri 2:30:00',
    '*-*-* 02:30 Europe/Berlin',
    '02:30 UTC',
    '*-02~03',
    '26-12-24',
    'weekly UTC',
    'Sat,Sun',
  ])
    it(`recognizes "${text}" as a calendar expression`, () => assert.equal(parseTimes(text).kind, 'calendar'))

  const refused: Readonly<Record<string, RegExp>> = {
    '1/5 * * * *': /invalid minute "1\/5"/u,
    '6-1 * * * *': /invalid minute "6-1"/u,
    '*/0 * * * *': /invalid minute/u,
    '0 24 * * *': /invalid hour "24"/u,
    '0 1 * * 8': /invalid day of week "8"/u,
    '0 1 * * L': /invalid day of week "L"/u,
    '1 2 3 4 5 6': /has 6 fields instead of five/u,
    '@fortnightly': /unknown time "@fortnightly"/u,
    'Mon 99:99': /invalid hour "99"/u,
    '2026-13-45': /invalid day "45"|invalid month "13"/u,
    '02:30 Europe/Nowhere': /unknown time zone/u,
    'Monda 02:30': /invalid day of week "Monda"/u,
    '02:30 Mon': /neither a cron expression nor a calendar expression/u,
    '1-2-3-4': /invalid date/u,
    '1:2:3:4': /invalid time/u,
    'every day': /neither|invalid/u,
    '': /neither|invalid/u,
  }
  for (const [text, message] of Object.entries(refused))
    it(`rejects "${text}" with the invalid part`, () => assert.throws(() => parseTimes(text), { code: 'schedule/bad-times', message }))
})
