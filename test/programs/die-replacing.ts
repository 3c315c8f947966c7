// die-replacing.ts ROOT SET: replaces the set, and is killed when the old one is out of the root and the new one is not published.
import { localfsStorage } from '../../src/storage/localfs/localfs.ts'

const [root = '', set = ''] = process.argv.slice(2)
const storage = localfsStorage({ kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'manifest' }, { note: () => undefined })
const publish = () => Promise.reject(new Error('the new set is published too early'))
const call = { signal: new AbortController().signal, failpoint: () => process.kill(process.pid, 'SIGKILL') }
const { folders } = storage
if (folders === undefined) throw new Error('a local storage has folders')
await folders.withRootLock(call, () => folders.replace(set, { proves: async () => true, publish }, call))
