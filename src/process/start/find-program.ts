import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readHeadSync } from '../../files/read-small.ts'
import { printable } from '../../lib/format.ts'
import type { Command } from '../../plan/command.ts'
import { ProcessError } from '../process-result.ts'

/**
 * The path of the program to start: `argv[0]` itself if it contains a slash, otherwise the first executable file of that name in the command's own
 * search path (never in that of Holdfast). Throws `process/not-started`, so that no stage of a pipeline is started if a later program is missing.
 */
export function findProgram(command: Command): string {
  const [name] = command.argv
  if (name.includes('/')) {
    if (isProgram(name)) return name
    throw new ProcessError('not-started', `could not start "${name}": ${whyNot(name)}`, {
      hint: `Install the package that contains ${name}, or correct the path.`,
    })
  }
  const found = command.searchPath.map((folder) => join(folder === '' ? '.' : folder, name)).find(isProgram)
  if (found !== undefined) return found
  throw new ProcessError('not-started', `could not start "${name}": program not found in ${command.searchPath.join(':')}`, {
    hint: 'Install its package, or specify the full path of the program.',
  })
}

const TOOL_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin']

/** The path of a program of the base system that starts a command. Throws `process/not-started`. */
export function findTool(name: string): string {
  const found = TOOL_FOLDERS.map((folder) => join(folder, name)).find(isProgram)
  if (found !== undefined) return found
  throw new ProcessError('not-started', `required program "${name}" not found`, {
    hint: 'Install util-linux and coreutils.',
  })
}

// The kernel reads no more of a script (BINPRM_BUF_SIZE).
const HEAD_BYTES = 256

/** Why the kernel refuses to start a script: the interpreter that its first line names does not exist. Undefined for other programs. */
export function whyNotInterpreted(path: string): string | undefined {
  const interpreter = /^#![ \t]*(?<name>[^ \t\n\0]+)/u.exec(headOf(path))?.groups?.['name']
  if (interpreter === undefined || existsSync(interpreter)) return undefined
  const lineEnd = interpreter.endsWith('\r') ? ': its lines end with carriage returns' : ''
  return `its interpreter "${printable(interpreter)}" does not exist${lineEnd}`
}

function headOf(path: string): string {
  try {
    return readHeadSync(path, HEAD_BYTES).toString('utf8')
  } catch {
    // A user who may not read a program may be able to start it.
    return ''
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function whyNot(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 'file not found'
  return stat.isFile() ? 'not executable' : 'not a file'
}
