// The packer: a separate program that writes a tar file to its stdout, started by file-sets/pack/pack-tar.ts as the first stage of a pipeline. It
// receives its work list on stdin, its parameters in descriptor 3 (JSON), the source in 4, and reports problems on stderr, one line of JSON each.
import { packFromList } from './file-sets/tar/pack-from-list.ts'

const end = packFromList({ listFd: 0, callFd: 3, sourceFd: 4, outputFd: 1, problemsFd: 2 })
process.exitCode = end
