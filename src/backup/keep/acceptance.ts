import { Readable } from 'node:stream'
import type { OperationContext } from '../../storage/storage.ts'
import type { SideFiles } from '../set/side-files.ts'

/** The name of the file beside the sets that records the acceptance of a suspicious set; `docs/format/set.md` specifies it. */
function acceptanceNameOf(set: string): string {
  return `${set}.accepted`
}

/** Rejects if nothing can be kept beside the sets. */
export async function acceptSet(sideFiles: SideFiles, set: string, call: OperationContext): Promise<void> {
  await sideFiles.put(acceptanceNameOf(set), Readable.from([Buffer.from('accepted\n')], { objectMode: false }), call)
}

/** The name of the file beside the sets that records the adoption of a set of another host. `host`: the id of the adopting host. */
function adoptionNameOf(set: string, host: string): string {
  return `${set}.adopted-${host}`
}

/** From now on, the set counts as one of the host with this id. Rejects if nothing can be kept beside the sets. */
export async function adoptSet(
  sideFiles: SideFiles,
  { set, host }: { readonly set: string; readonly host: string },
  call: OperationContext,
): Promise<void> {
  await sideFiles.put(adoptionNameOf(set, host), Readable.from([Buffer.from('adopted\n')], { objectMode: false }), call)
}

/** Whether the host with this id adopted the set. */
export async function isAdoptedSet(
  sideFiles: SideFiles,
  { set, host }: { readonly set: string; readonly host: string },
  call: OperationContext,
): Promise<boolean> {
  const name = adoptionNameOf(set, host)
  return (await sideFiles.names(name, call)).includes(name)
}

export async function isAcceptedSet(sideFiles: SideFiles, set: string, call: OperationContext): Promise<boolean> {
  const name = acceptanceNameOf(set)
  return (await sideFiles.names(name, call)).includes(name)
}
