import type { Messages } from '../../i18n/message-shape.ts'

/** What started a run, as recorded in the journal. */
export function starterOf(startedBy: string, { run: { starters } }: Pick<Messages, 'run'>): string {
  const names: Readonly<Record<string, string>> = starters
  return names[startedBy] ?? startedBy
}
