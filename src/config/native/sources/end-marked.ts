import type { Command } from '../../../plan/command.ts'
import { commandIn, filterSettings, type Settings } from '../settings.ts'
import type { SourceObject } from './source.ts'

/**
 * A dump with a stage behind it that hands everything on and shows its end to us: a program that is cut off may still end with 0, but its dump lacks the
 * last line.
 */
export function endMarked(dump: Command, pattern: string, settings: Settings): Required<Pick<SourceObject, 'stages' | 'endMark'>> {
  const tee = commandIn(filterSettings(settings), ['tee', '/dev/fd/3'], { extras: [{ kind: 'tap', collect: 'tail' }] })
  return { stages: [dump, tee], endMark: { stage: 1, pattern } }
}
