import { join } from 'node:path'
import { stampOf } from './log-record.ts'

/** Where the logs of one run lie: what happened in the folder of the year, and everything in `debug`. */
export function runLogPaths(folder: string, tag: string, began: Date): { readonly main: string; readonly debug: string } {
  const stem = `${fileName(tag)}-${stampOf(began)}`
  return { main: join(folder, stampOf(began).slice(0, 4), `${stem}.log`), debug: join(folder, DEBUG_FOLDER, `${stem}-debug.log`) }
}

export const DEBUG_FOLDER = 'debug'

/** The folder of a year. */
export const YEAR_FOLDER = /^\d{4}$/u

const NAME = /^(?<tag>.+)-(?<stamp>\d{8}_\d{6})(?:-debug)?\.log$/u

/** Whose log of which moment a file is, by its name; undefined for all others. */
export function readLogName(name: string): { readonly tag: string; readonly stamp: string } | undefined {
  const { tag, stamp } = NAME.exec(name)?.groups ?? {}
  return tag === undefined || stamp === undefined ? undefined : { tag, stamp }
}

/** A tag as part of a name: what a name cannot hold is replaced. */
export function fileName(tag: string): string {
  return tag.replaceAll(/[/\0]/gu, '_')
}
