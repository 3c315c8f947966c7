import type { SetStore } from '../set/set-store.ts'

/** A storage that could not be opened: every operation fails with the cause, so that its failure is handled like that of any other storage. */
export function unavailableSets(label: string, cause: unknown): SetStore {
  const fail = async (): Promise<never> => {
    throw cause
  }
  return {
    label,
    keeps: true,
    isLocal: false,
    nameForm: 'basic',
    begin: fail,
    receive: fail,
    receiveAgain: fail,
    names: fail,
    list: fail,
    expire: fail,
    exclusively: fail,
    readManifest: fail,
    openObject: fail,
    listFiles: fail,
  }
}
