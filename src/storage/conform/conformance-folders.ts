import { writeSync } from 'node:fs'
import { anyFolder } from '../../files/tree/remove-proven.ts'
import type { Folders, OperationContext, WorkFolder } from '../storage.ts'
import { ContractViolation, type NamedCheck, type Trial } from './conformance.ts'

/** The requirements for storages that publish by one rename. The names in the root are those of the test. */
export const FOLDER_CHECKS: readonly (Omit<NamedCheck, 'title'> & { readonly title: string })[] = [
  { title: 'publishes a folder at once and completely', check: (trial) => withFolders(trial, publishes) },
  { title: 'publishes nothing of an abandoned folder', check: (trial) => withFolders(trial, abandons) },
]

interface FolderTrial {
  readonly folders: Folders
  readonly name: string
  readonly call: OperationContext
}

async function withFolders({ storage, prefix, call }: Trial, check: (trial: FolderTrial) => Promise<void>): Promise<void> {
  const { folders } = storage
  if (!folders) throw new ContractViolation('the storage has no folders')
  // Directly in the root, like sets: without a slash.
  const name = prefix.replaceAll('/', '-').replace(/-$/u, '')
  await check({ folders, name, call })
}

async function publishes({ folders, name, call }: FolderTrial): Promise<void> {
  const work = await begin({ folders, name, call })
  try {
    if (await folders.isTaken(name, call)) throw new ContractViolation(`"${name}" exists before it was published`)
    await folders.withRootLock(call, () => work.publish(name, call))
  } catch (error) {
    await work.abandon()
    throw error
  }
  try {
    const shown = (await folders.listFolders(call)).includes(name)
    if (!shown) throw new ContractViolation(`"${name}" does not exist after it was published`)
    const bytes = await folders.sizeOf(name, call)
    if (bytes !== BigInt(CONTENT.length)) throw new ContractViolation(`"${name}" has ${bytes} bytes, expected ${CONTENT.length}`)
  } finally {
    // Without the caller's signal: created folders must be removed.
    const clearing = { signal: new AbortController().signal }
    await folders.withRootLock(clearing, () => folders.expire(name, clearing, anyFolder))
  }
  if (await folders.isTaken(name, call)) throw new ContractViolation(`"${name}" still exists after its removal`)
}

async function abandons(trial: FolderTrial): Promise<void> {
  const work = await begin(trial)
  await work.abandon()
  if (await trial.folders.isTaken(trial.name, trial.call)) throw new ContractViolation(`"${trial.name}" exists although it was abandoned`)
}

const CONTENT = 'tried by storage check\n'

async function begin({ folders, name, call }: FolderTrial): Promise<WorkFolder> {
  const work = await folders.begin({ runId: name, task: 'storage check' }, call)
  try {
    const file = await work.openFile('a/file')
    writeSync(file.fd, CONTENT)
    await file.finish()
    return work
  } catch (error) {
    await work.abandon()
    throw error
  }
}
