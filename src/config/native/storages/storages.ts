import { normalize } from 'node:path/posix'
import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf, memberOf, membersOf } from '../../../document/yaml/node.ts'
import type { HostFacts } from '../../../plan/loading.ts'
import type { StorageSpec } from '../../../plan/plan.ts'
import { checkForm } from '../schema/check-form.ts'
import { storage } from '../schema/storages.ts'
import { compileRclone, compileSftp } from './rclone-storages.ts'
import { compileS3 } from './s3-storages.ts'

/** Compiles `storages`. The root is that of the storage; each step appends its name. */
export function compileStorages(storages: LocatedNode | undefined, report: Report, host: HostFacts): ReadonlyMap<string, StorageSpec | undefined> {
  return new Map(membersOf(storages).map((it) => [it.key, compileStorage(it, report, host)]))
}

function compileStorage(placed: LocatedNode, report: Report, host: HostFacts): StorageSpec | undefined {
  const input = checkForm(placed, storage, report)
  if (!input) return undefined
  if (input.type === 'rclone') return compileRclone(input, { placed, report, host })
  if (input.type === 'sftp') return compileSftp(input, { placed, report, host })
  if (input.type === 's3') return compileS3(input, placed, report)
  if (input.type !== 'localfs') return { kind: 'null' }
  const rootAt = locationOf(memberOf(placed, 'root') ?? placed)
  if (!input.root.startsWith('/')) report.warn(rootAt, "a relative root depends on the caller's working folder", 'Start it with "/".')
  return {
    kind: 'localfs',
    root: normalize(input.root).replace(/(?<=.)\/$/u, ''),
    folderMode: input['folder-mode'] ?? 0o750,
    fileMode: input['file-mode'] ?? 0o640,
    ...(input['block-size'] !== undefined && { blockBytes: input['block-size'] }),
    ...(input['require-mount'] !== undefined && { requireMount: input['require-mount'] }),
    ...(input['exchanged-disks'] !== undefined && { exchangedDisks: input['exchanged-disks'] }),
    ...(input['trust-root'] !== undefined && { trustRoot: input['trust-root'] }),
    ...(input['min-free'] !== undefined && { minFreeBytes: input['min-free'] }),
    completeWhen: input['complete-when'] ?? 'manifest',
  }
}
