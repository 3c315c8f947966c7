import { openReport } from '../document/issue-report.ts'
import { type KristaUser, readServersFile, readUsersFile } from '../legacy/krista/web-files.ts'
import { type KristaRecords, readKristaRecords } from '../legacy/krista/web-records.ts'
import type { Issue } from '../plan/issue.ts'

export { type KristaUser, renderServersFile } from '../legacy/krista/web-files.ts'
export type { Json, KristaRecords } from '../legacy/krista/web-records.ts'

interface Read<T> {
  readonly found: readonly T[]
  readonly issues: readonly Issue[]
}

/** The addresses in a `servers.yaml` of KristaBackup. */
export function readServers(file: string, bytes: Uint8Array): Read<string> {
  const report = openReport()
  return { found: readServersFile(file, bytes, report), issues: report.issues([file]) }
}

/** The users in a `users.yaml` of KristaBackup. */
export function readUsers(file: string, bytes: Uint8Array): Read<KristaUser> {
  const report = openReport()
  return { found: readUsersFile(file, bytes, report), issues: report.issues([file]) }
}

/** What KristaBackup's API returns about its configuration. */
export function readRecords(file: string, bytes: Uint8Array): KristaRecords | undefined {
  return readKristaRecords(file, bytes, openReport())
}
