import { existsSync } from 'node:fs'
import type { Command } from '../../plan/command.ts'
import type { SyncStep } from '../../plan/steps/host-steps.ts'
import { findProgram, findTool } from '../../process/start/find-program.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import { CONFINE_SCRIPT } from './confine-script.ts'
import { isRemote, type SyncEnd } from './sync-ends.ts'

// rsync opens the files in its folders by path: a user who owns one of them can replace it by a link meanwhile. Then, nothing outside of the folders may be reachable.

/** The reason why rsync cannot be confined to the ends of the step; undefined if it can. */
export async function whyNotConfined(step: SyncStep, ends: readonly SyncEnd[]): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'this requires root'
  if (isRemote(step.source) || isRemote(step.target)) return 'it accesses another host'
  const word = [...step.options, ...step.transferOptions].find(mayNameFile)
  if (word !== undefined) return `the option "${word}" may refer to another file`
  if (!/^\/(?:usr\/)?s?bin\//u.test(findProgram(rsync(step)))) return 'it is not a program of the base system'
  if (ends.some(({ path }) => ['/', '/proc', '/etc', '/usr'].includes(path)) || coverable(ends) === undefined) return 'the folder contains the system'
  const { exitCode, stderr } = await queryTool(['unshare', '--mount', 'true'])
  return exitCode === 0 ? undefined : `this system does not allow namespaces: ${stderr.trim().split('\n')[0] || 'unshare is missing'}`
}

/** The command in a mount namespace in which only the ends are accessible, each at its path. A dry step can write to none of them. */
export function confinedSync(command: Command, step: SyncStep, ends: readonly SyncEnd[]): Command {
  // From the outside to the inside, if one contains the other.
  const sorted = ends.toSorted((a, b) => a.path.length - b.path.length)
  const isWritten = ({ role }: SyncEnd) => step.dry !== true && (role === 'target' || movesFiles(step))
  const words = sorted.flatMap((end, index) => [String(index + 4), isWritten(end) ? 'rw' : 'ro', end.path])
  return {
    ...command,
    argv: [
      findTool('unshare'),
      '--mount',
      '/bin/sh',
      '/dev/fd/3',
      coverable(ends) ?? '/mnt',
      step.workingFolder ?? '/',
      ...words,
      '--',
      findProgram(rsync(step)),
      ...command.argv.slice(1),
    ],
    extras: [{ kind: 'secret-file', parts: [CONFINE_SCRIPT] }, ...sorted.map(({ fd }) => ({ kind: 'open-file', fd }) as const)],
    execId: command.argv[0],
  }
}

/** Options with values such as "../previous", "--exclude-from=FILE" or "--filter=merge FILE". */
function mayNameFile(word: string): boolean {
  return !word.startsWith('-') || /\/|\.\.|^-[^-]*f|^--filter|-(?:from|file|batch)\b/u.test(word)
}

function movesFiles({ options, transferOptions }: SyncStep): boolean {
  return [...options, ...transferOptions].some((it) => it.startsWith('--remove-'))
}

/** A folder that can be covered by the new file system, because no end is in it. */
function coverable(ends: readonly SyncEnd[]): string | undefined {
  return ['/mnt', '/media', '/srv', '/opt'].find((it) => existsSync(it) && !ends.some(({ path }) => `${path}/`.startsWith(`${it}/`)))
}

function rsync({ environment, searchPath }: SyncStep): Command {
  return { argv: ['rsync'], environment, searchPath, accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'verbose' }
}
