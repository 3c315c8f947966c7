import { isAbsolute } from 'node:path'
import { userEntry } from './user-entry.ts'

/** The home folder of this process's user: an absolute `$HOME`, otherwise that of the user database; undefined if there is none. */
export function homeFolder({ HOME: own }: Readonly<Record<string, string | undefined>>): string | undefined {
  if (own !== undefined && isAbsolute(own)) return own
  const home = userEntry()?.homedir
  return home !== undefined && isAbsolute(home) ? home : undefined
}
