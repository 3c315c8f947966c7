import { isAbsolute } from 'node:path/posix'
import type { BackupStep, Plan, StorageSpec } from '../plan.ts'
import { factsOf } from './step-facts.ts'

/**
 * The folders of this host in which a plan stores sets and logs, each once: nothing else is in them. Not those that depend on a working folder, nor general
 * folders such as `/var/log`.
 */
export function ownFolders({ tasks, runLogs }: Pick<Plan, 'tasks' | 'runLogs'>): readonly string[] {
  const storages = [...tasks.values()].flatMap(({ steps }) => steps.flatMap((step) => factsOf(step).storages))
  const logs = runLogs !== undefined && runLogs.folder.split('/').length > 3 ? [runLogs.folder] : []
  return [...new Set([...storages.flatMap(folderOfStorage), ...logs].filter(isAbsolute))]
}

/** Those in which a step stores its sets. */
export function targetFolders({ targets }: Pick<BackupStep, 'targets'>): readonly string[] {
  return targets.flatMap(({ storage }) => folderOfStorage(storage)).filter(isAbsolute)
}

function folderOfStorage(storage: StorageSpec): readonly string[] {
  if (storage.kind === 'localfs') return [storage.root]
  // Without a remote, it is a folder of this host.
  return storage.kind === 'rclone' && storage.remote === '' ? [storage.root] : []
}
