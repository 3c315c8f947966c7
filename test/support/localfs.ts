import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalfsStorageSpec } from '../../src/plan/plan.ts'
import { localfsStorage } from '../../src/storage/localfs/localfs.ts'
import type { Folders, OperationContext, Storage, WorkFolder } from '../../src/storage/storage.ts'

export const call: OperationContext = { signal: new AbortController().signal }

/** A fresh folder under the system's temporary one, removed with everything in it when the test is over. */
export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const opened = new Set<Storage>()

/** Closes all that `openLocalfs` has opened: nothing can be unmounted while a root on it is open. */
export async function closeLocalfs(): Promise<void> {
  for (const storage of opened) await storage.close()
  opened.clear()
}

export type Localfs = Storage & { readonly folders: Folders; readonly notes: string[] }

/** A local storage whose notes can be looked at. */
export function openLocalfs(
  root: string,
  options: Partial<LocalfsStorageSpec> & { readonly stateFolder?: string; readonly acceptRoot?: boolean } = {},
): Localfs {
  const { stateFolder, acceptRoot, ...spec } = options
  const notes: string[] = []
  const deps = { note: (text: string) => notes.push(text), stateFolder, acceptRoot }
  const storage = localfsStorage({ kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'manifest', ...spec }, deps)
  opened.add(storage)
  if (storage.folders === undefined) throw new Error('a local storage has folders')
  return { ...storage, folders: storage.folders, notes }
}

/** Puts a finished file into a work folder. */
export async function writeFile(work: WorkFolder, path: string, content: string): Promise<void> {
  const file = await work.openFile(path)
  writeSync(file.fd, content)
  await file.finish()
}

let runs = 0

export function nextRun(): { readonly runId: string; readonly task: string } {
  runs += 1
  return { runId: `run-${process.pid}-${runs}`, task: 'nightly' }
}

/** Publishes a set of such files under a name. */
export async function publishFiles({ folders }: Localfs, name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const work = await folders.begin(nextRun(), call)
  try {
    for (const [path, content] of Object.entries(files)) await writeFile(work, path, content)
    await folders.withRootLock(call, () => work.publish(name, call))
  } catch (error) {
    await work.abandon()
    throw error
  }
}

/** Runs a program silently; its exit code, or undefined when it could not be started. */
export function exitCodeOf(program: string, ...args: readonly string[]): number | undefined {
  return spawnSync(program, args, { stdio: 'ignore' }).status ?? undefined
}
