import { Readable } from 'node:stream'
import type { OperationContext } from '../../storage/storage.ts'
import type { SideFiles } from '../set/side-files.ts'

/** The name of the file beside the sets that says that a suspicious set was accepted; `docs/format/set.md` specifies it. */
function acceptanceNameOf(set: string): string {
  return `${set}.accepted`
}

/** Rejects if nothing can be kept beside the sets. */
export async function acceptSet(sideFiles: SideFiles, set: string, call: OperationContext): Promise<void> {
  await sideFiles.put(acceptanceNameOf(set), Readable.from([Buffer.from('accepted\n')], { objectMode: false }), call)
}

export async function isAcceptedSet(sideFiles: SideFiles, set: string, call: OperationContext): Promise<boolean> {
  const name = acceptanceNameOf(set)
  return (await sideFiles.names(name, call)).includes(name)
}
