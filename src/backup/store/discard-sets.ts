import { BackupError } from '../set/errors.ts'
import { formatSetName } from '../set/set-name.ts'
import type { SetStore } from '../set/set-store.ts'

/** A store without sets: objects are made, to test that this is possible, and their data is discarded. */
export function discardSets(label: string): SetStore {
  const nothing = (name: string) => new BackupError('no-set', `set "${name}" not found: this storage discards all data`)
  return {
    label,
    keeps: false,
    isLocal: false,
    receive: async (name) => {
      throw nothing(name)
    },
    receiveAgain: async (name) => {
      throw nothing(name)
    },
    names: async () => [],
    nameForm: 'basic',
    begin: async ({ nameForm }) => ({
      kind: 'none',
      commit: async (wanted) => formatSetName(wanted, nameForm ?? 'basic'),
      abort: async () => undefined,
    }),
    list: async () => [],
    expire: async (name) => {
      throw nothing(name)
    },
    exclusively: (_call, work) => work(),
    readManifest: async (name) => {
      throw nothing(name)
    },
    openObject: async (name) => {
      throw nothing(name)
    },
    listFiles: async (name) => {
      throw nothing(name)
    },
  }
}
