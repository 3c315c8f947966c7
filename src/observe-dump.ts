// The observer: a separate program that passes a dump on from its stdin to its stdout, started by backup/facts/observe-output.ts as the second stage of a
// pipeline. The kind of the dump, and what is digested, are its arguments. It writes the end of the dump to descriptor 3, and its facts (JSON) to 4.
import { passDump } from './backup/facts/pass-dump.ts'

const [kind = '', ...words] = process.argv.slice(2)
const watched = { isDigested: !words.includes('no-digest'), hasTables: words.includes('table-digests') }
process.exitCode = passDump({ kind, ...watched }, { inputFd: 0, outputFd: 1, errorFd: 2, tailFd: 3, factsFd: 4 })
