import { basename } from 'node:path'
import { findConfig } from '../../config/find-config.ts'
import { isSamePath, realPathOf } from '../../files/trust/real-path.ts'
import { printable } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'
import { entriesFor, type TaskEntry } from '../../schedule/crontab-text.ts'
import { fileExists } from '../host/load-plan.ts'

// The program itself, and the names by which the programs that it replaces were called.
const PROGRAMS = /^(?:holdfast|palhm(?:\.py)?|KristaBackup(?:\.py)?)$/iu

export interface OwnLinesDeps {
  readonly plan: Plan
  /** Reports lines that look similar, and belong to another configuration or program. */
  readonly note?: (text: string) => void
}

/**
 * The lines of a crontab that run a task of this configuration: they start this program, or one that it replaces, with this configuration; or without
 * `-f`, where the program would find no configuration. `text` is latin1, as `latin1` makes it.
 */
export async function ownLines(text: string, task: string, { plan, note }: OwnLinesDeps): Promise<ReadonlySet<string>> {
  const own = new Set<string>()
  for (const entry of entriesFor(text, latin1(task))) {
    if (await isOwn(entry, plan.file)) own.add(entry.line)
    else
      note?.(`the crontab contains another line for a task named "${printable(task)}", which was not changed: ${printable(utf8(entry.line).trim())}`)
  }
  return own
}

async function isOwn({ program, file }: TaskEntry, config: string): Promise<boolean> {
  if (!PROGRAMS.test(basename(program))) return false
  const named = file === undefined ? await configOf(utf8(program)) : utf8(file)
  return named === undefined || (await isSamePath(named, config))
}

/** Whether the program, started without `-f`, uses this configuration. */
export async function findsByItself(program: string, file: string): Promise<boolean> {
  const found = await configOf(program)
  return found !== undefined && (await isSamePath(found, file))
}

async function configOf(program: string): Promise<string | undefined> {
  try {
    return await findConfig({ invokedAs: program, exists: fileExists, resolve: realPathOf })
  } catch {
    return undefined
  }
}

/** Crontabs are treated as bytes, one character each. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The reverse of `latin1`. */
export function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
