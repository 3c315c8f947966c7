// Writes a whole, consistent copy of a database of SQLite to stdout, while others read and write it.
//   node copy-sqlite.mjs DATABASE TEMPORARY-FOLDER
// All pages are copied in one step by SQLite's own online copy (sqlite.org/backup.html), then the copy is written out, so that nobody waits for our reader.
import { closeSync, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

const [file, temporaryFolder] = process.argv.slice(2)
const PREFIX = 'holdfast-sqlite-'
const CHUNK_BYTES = 1024 * 1024
const ALL_PAGES = 0x7fffffff
const BUSY_MS = 60_000

// What a killed run left: a folder bears the id of its process. Anybody may make names like that here, so it must be a folder, not a link to one, and our own.
const isOurFolder = (path) => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() && stat.uid === process.getuid()
}
for (const name of readdirSync(temporaryFolder)) {
  const pid = /^holdfast-sqlite-(\d+)-/.exec(name)?.[1]
  const path = join(temporaryFolder, name)
  if (pid && !existsSync(`/proc/${pid}`) && isOurFolder(path)) rmSync(path, { recursive: true, force: true })
}

const folder = mkdtempSync(join(temporaryFolder, `${PREFIX}${process.pid}-`))
const removeFolder = () => rmSync(folder, { recursive: true, force: true })
process.on('exit', removeFolder)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => {
    removeFolder()
    process.exit(1)
  })

try {
  if (!existsSync(file)) throw new Error('there is no such file')
  const source = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS })
  const copy = join(folder, 'copy')
  await backup(source, copy, { rate: ALL_PAGES })
  source.close()
  const fd = openSync(copy, 'r')
  rmSync(copy)
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let bytes = readSync(fd, chunk); bytes > 0; bytes = readSync(fd, chunk))
    for (let at = 0; at < bytes; ) at += writeSync(1, chunk, at, bytes - at)
  closeSync(fd)
} catch (error) {
  console.error(`copy-sqlite: "${file}": ${error.message}`)
  process.exitCode = 1
}
