import type { Messages } from '../../i18n/message-shape.ts'

/** What started a run or a check, as recorded in the journal, and who. A host with an earlier version reports no user. */
export interface Starter {
  readonly startedBy: string | null
  readonly user?: string | null
}

/** `ada (web pages)`. */
export function starterOf({ startedBy, user }: Starter, { run: { starters } }: Pick<Messages, 'run'>): string {
  const names: Readonly<Record<string, string>> = starters
  const how = startedBy ? (names[startedBy] ?? startedBy) : ''
  if (!user) return how
  return how === '' ? user : `${user} (${how})`
}
