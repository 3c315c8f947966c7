import { openReport } from '../document/issue-report.ts'
import type { Issue } from '../plan/issue.ts'
import { ANCESTORS, type KristaRecords, type KristaUser } from './ancestors.ts'

interface Read<T> {
  readonly found: readonly T[]
  readonly issues: readonly Issue[]
}

/** The files of KristaBackup's web pages. */
export interface KristaFiles {
  /** The addresses in a `servers.yaml`. */
  readServers(file: string, bytes: Uint8Array): Read<string>
  /** The text of a `servers.yaml` with just these addresses; comments, and what stays, as they were. */
  renderServers(text: string, urls: readonly string[]): string
  /** The users in a `users.yaml`. */
  readUsers(file: string, bytes: Uint8Array): Read<KristaUser>
}

export async function openKristaFiles(): Promise<KristaFiles> {
  const { readServersFile, readUsersFile, renderServersFile } = await ANCESTORS.krista.webFiles()
  return {
    readServers(file, bytes) {
      const report = openReport()
      return { found: readServersFile(file, bytes, report), issues: report.issues([file]) }
    },
    renderServers: renderServersFile,
    readUsers(file, bytes) {
      const report = openReport()
      return { found: readUsersFile(file, bytes, report), issues: report.issues([file]) }
    },
  }
}

/** What KristaBackup's API returns about its configuration. */
export async function readRecords(file: string, bytes: Uint8Array): Promise<KristaRecords | undefined> {
  return (await ANCESTORS.krista.webRecords()).readKristaRecords(file, bytes, openReport())
}
