import type { Command } from '../../../plan/command.ts'
import { commandIn, filterSettings, type Settings } from '../settings.ts'
import type { SourceObject } from './source.ts'

/**
 * A dump followed by a stage that passes everything on and provides the end for inspection: a truncated dump lacks its last line, even if its program
 * exits with 0. `counts`: also counts the parts of the dump, for the facts of the object.
 */
export function withEndMark(
  dump: Command,
  { pattern, counts }: { readonly pattern: string; readonly counts?: 'blocks' },
  settings: Settings,
): Required<Pick<SourceObject, 'stages' | 'endMark'>> {
  const taps = counts === undefined ? (['tail'] as const) : (['tail', counts] as const)
  const argv = ['tee', ...taps.map((_, index) => `/dev/fd/${3 + index}`)] as [string, ...string[]]
  const tee = commandIn(filterSettings(settings), argv, { extras: taps.map((collect) => ({ kind: 'tap', collect })) })
  return { stages: [dump, tee], endMark: { stage: 1, pattern } }
}
