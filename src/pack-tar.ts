// The packer: a separate program that writes a tar file to its stdout, started by file-sets/pack/pack-tar.ts as the first stage of a pipeline. It
// receives its parameters in descriptor 3 (JSON), the work list in 4, the source in 5, and reports problems on stderr, one line of JSON each.
import { packFromList } from './file-sets/tar/pack-from-list.ts'

const end = packFromList({ callFd: 3, listFd: 4, sourceFd: 5, outputFd: 1, problemsFd: 2 })
process.exitCode = end
