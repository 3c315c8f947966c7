// Writes a complete, consistent copy of an SQLite database to stdout, while other programs use it.
//   node copy-sqlite.mjs DATABASE TEMPORARY-FOLDER
// All pages are copied in one step by SQLite's online backup (sqlite.org/backup.html). Then the copy is written out, so that no program waits for a slow reader.
import { closeSync, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

const [file, temporaryFolder] = process.argv.slice(2)
const PREFIX = 'holdfast-sqlite-'
const CHUNK_BYTES = 1024 * 1024
const ALL_PAGES = 0x7fffffff
const BUSY_MS = 60_000

// Remains of a killed run: the name of a folder contains the id of its process. Any user can create such names here, so it must be a folder of this user, not a link.
const isOwnFolder = (path) => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() && stat.uid === process.getuid()
}
for (const name of readdirSync(temporaryFolder)) {
  const pid = /^holdfast-sqlite-(\d+)-/.exec(name)?.[1]
  const path = join(temporaryFolder, name)
  if (pid && !existsSync(`/proc/${pid}`) && isOwnFolder(path)) rmSync(path, { recursive: true, force: true })
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
  if (!existsSync(file)) throw new Error('file not found')
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
