import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
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
