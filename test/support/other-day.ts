import { globSync } from 'node:fs'
import { requires } from './requires.ts'

const LIBRARY = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0]

/** Why no program can be run on another day, or false. */
export const noOtherDay = LIBRARY === undefined && requires('faketime')

/** The environment of a program for which it is some days later (libfaketime). The times of files are unchanged. */
export function onOtherDay(days: number): Readonly<Record<string, string>> {
  return { LD_PRELOAD: LIBRARY ?? '', FAKETIME: `+${days}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' }
}
