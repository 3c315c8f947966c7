import type { SetStore } from '../set/set-store.ts'

/** A storage that could not even be opened: whatever is asked of it fails for that reason. So it fails as any other does, by itself. */
export function unavailableSets(label: string, cause: unknown): SetStore {
  const fail = async (): Promise<never> => {
    throw cause
  }
  return {
    label,
    keeps: true,
    isLocal: false,
    begin: fail,
    receive: fail,
    names: fail,
    list: fail,
    expire: fail,
    exclusively: fail,
    readManifest: fail,
    openObject: fail,
    listFiles: fail,
  }
}
