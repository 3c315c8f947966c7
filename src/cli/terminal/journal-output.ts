import { fstatSync } from 'node:fs'
import type { Output } from './output.ts'

const LEVELS: readonly (readonly [RegExp, string])[] = [
  [/^(?:\S+: )?error: /u, '<3>'],
  [/^(?:\S+: )?warning: /u, '<4>'],
  [/^note: /u, '<5>'],
  [/^\S/u, '<6>'],
]

/**
 * An output that gives each line its priority, if the descriptor is connected to the journal of systemd (`JOURNAL_STREAM`, systemd.exec(5)). Indented
 * lines belong to the one before them.
 */
export function forJournal(output: Output, fd: number, journalStream: string | undefined): Output {
  if (journalStream === undefined || journalStream !== streamOf(fd)) return output
  let level = '<6>'
  const withLevel = (line: string) => {
    if (line === '') return line
    level = LEVELS.find(([pattern]) => pattern.test(line))?.[1] ?? level
    return `${level}${line}`
  }
  return { ...output, write: (text) => output.write(text.split('\n').map(withLevel).join('\n')) }
}

function streamOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
