// Writes a complete, consistent copy of an SQLite database to stdout, while other programs use it.
//   node copy-sqlite.mjs [--list=FILE] [--digest=FILE] DATABASE TEMPORARY-FOLDER
// All pages are copied in one step by SQLite's online backup (sqlite.org/backup.html). Then the copy is checked and written out, so that no program waits for a slow reader.
// The list gets a line for each table; the file of the digest gets one for each table with the number of its rows and its name (JSON), then one with the size and the SHA-256 of the copy.
import { createHash } from 'node:crypto'
import { accessSync, closeSync, constants, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, realpathSync, rmdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { backup, DatabaseSync } from 'node:sqlite'

const words = process.argv.slice(2)
const option = (name) => (words[0]?.startsWith(`--${name}=`) ? words.shift().slice(name.length + 3) : undefined)
const [list, digest] = [option('list'), option('digest')]
const [file, temporaryFolder] = words
const PREFIX = 'holdfast-sqlite-'
const CHUNK_BYTES = 1024 * 1024
const ALL_PAGES = 0x7fffffff
const BUSY_MS = 60_000
const SQLITE_READONLY = 8
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const USE_OTHER = 'Set "temporary-folder" to a folder on a disk with enough space'

// SQLite opens files by path. Users who can rename folders here could exchange that of the copy, or give its name to another folder, which would be removed.
const canOthersRename = ({ uid, gid, mode }) => {
  if (uid !== 0 && uid !== process.getuid()) return true
  const isSticky = (mode & 0o1000) !== 0
  return !isSticky && ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0))
}
const refuseTemporaryFolder = (why) => {
  console.error(`holdfast: could not use the temporary folder "${temporaryFolder}": ${why}`)
  process.exit(1)
}
// Messages of Node.js: "EROFS: read-only file system, mkdtemp '/var/tmp/x'".
const inTemporaryFolder = (act) => {
  try {
    return act()
  } catch (error) {
    const why = /^E[A-Z\d]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message
    return refuseTemporaryFolder(`${why}. ${USE_OTHER}`)
  }
}

for (let at = inTemporaryFolder(() => realpathSync(temporaryFolder)); ; at = dirname(at)) {
  if (canOthersRename(lstatSync(at))) refuseTemporaryFolder(`other users can rename folders in "${at}"`)
  if (at === '/') break
}

// Not recursively: another file system may be mounted in it.
const removeCopy = (path) => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(join(path, `copy${suffix}`), { force: true })
  rmdirSync(path)
}

// Remains of a killed run: the name of a folder contains the id of its process. Any user can create such names here, so it must be a folder of this user, not a link.
const isOwnFolder = (path) => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() && stat.uid === process.getuid()
}
for (const name of inTemporaryFolder(() => readdirSync(temporaryFolder))) {
  const pid = /^holdfast-sqlite-(\d+)-/.exec(name)?.[1]
  const path = join(temporaryFolder, name)
  try {
    if (pid && !existsSync(`/proc/${pid}`) && isOwnFolder(path)) removeCopy(path)
  } catch (error) {
    console.error(`holdfast: could not remove "${path}": ${error.message}`)
  }
}

const folder = inTemporaryFolder(() => mkdtempSync(join(temporaryFolder, `${PREFIX}${process.pid}-`)))
const removeFolder = () => existsSync(folder) && removeCopy(folder)
process.on('exit', removeFolder)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.on(signal, () => {
    removeFolder()
    process.exit(1)
  })

// SQLite, if started as root, gives the files beside a database to the owner of the database, and writes to them: to whatever has their names.
const besides = (path) => ['-journal', '-wal', '-shm'].map((suffix) => `${path}${suffix}`)
const openForReading = (path) => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)

const refuseOthersBeside = (path) => {
  const { uid } = statSync(path)
  for (const it of besides(path)) {
    const found = lstatSync(it, { throwIfNoEntry: false })
    if (found && (!found.isFile() || found.nlink !== 1 || found.uid !== uid))
      throw new Error(`"${it}" is not a file of this database: it belongs to another user, has several names, or is not a regular file`)
  }
}

const refuseClosedBeside = (path) => {
  for (const it of besides(path)) {
    try {
      closeSync(openForReading(it))
    } catch (error) {
      if (error.code !== 'ENOENT') throw new Error(`the owner of the database cannot open "${it}" (${error.code})`)
    }
  }
}

// Root without its privileges and groups, as the owner of the database: what it opens meanwhile, the owner could open, too.
const asOwner = ({ uid, gid }, act) => {
  const groups = process.getgroups()
  try {
    process.setgroups([gid])
    process.setegid(gid)
    process.seteuid(uid)
    return act()
  } finally {
    process.seteuid(0)
    process.setegid(0)
    process.setgroups(groups)
  }
}

// Whom to become in order to open it. Nobody, if its owner has no access: then only those who have could exchange files in its folder.
const ownerToBecome = (path) => {
  const owner = statSync(path)
  if (process.geteuid() !== 0 || owner.uid === 0) return undefined
  try {
    asOwner(owner, () => closeSync(openForReading(path)))
    const folder = statSync(dirname(path))
    return folder.uid === owner.uid || (folder.mode & 0o022) !== 0 ? owner : undefined
  } catch (error) {
    // EINVAL: a container does not know the owner.
    if (['EACCES', 'EPERM', 'EINVAL'].includes(error.code)) return undefined
    throw error
  }
}

// From the beginning of a transaction on, SQLite opens no other file beside the database.
const openSource = (database, path) => {
  const open = () => {
    const source = new DatabaseSync(database, { readOnly: true, timeout: BUSY_MS })
    try {
      source.exec('begin; pragma schema_version')
      return source
    } catch (error) {
      source.close()
      throw error
    }
  }
  const owner = ownerToBecome(path)
  const refuse = owner ? refuseClosedBeside : refuseOthersBeside
  const act = () => {
    refuse(path)
    return open()
  }
  return owner ? asOwner(owner, act) : act()
}

const copyFrom = async (database, path, copy) => {
  const source = openSource(database, path)
  try {
    await backup(source, copy, { rate: ALL_PAGES })
  } catch (error) {
    // Only the copy is written.
    if ((error.errcode & 0xff) === SQLITE_FULL) throw new Error(`no space left in the temporary folder "${temporaryFolder}". ${USE_OTHER}`)
    throw error
  } finally {
    source.close()
  }
}

const sizeOf = (path) => lstatSync(path, { throwIfNoEntry: false })?.size ?? 0

// A journal contains what an unfinished transaction has overwritten. The beginning of one that is kept after its transaction has ended is zero (sqlite.org/fileformat.html).
const isHot = (journal) => {
  if (sizeOf(journal) === 0) return false
  const fd = openForReading(journal)
  try {
    const first = Buffer.alloc(1)
    readSync(fd, first)
    return first[0] !== 0
  } finally {
    closeSync(fd)
  }
}

const isOnReadOnly = (path) => {
  try {
    accessSync(dirname(path), constants.W_OK)
    return false
  } catch (error) {
    return error.code === 'EROFS'
  }
}

// Others can write to a file system that is only mounted read-only here, as in a container or a systemd unit, or that belongs to a server or another host.
const NETWORKS = /^(?:nfs|cifs|smb|9p|ceph|afs|coda|ncp|gluster|lustre|gfs2|ocfs2|virtiofs|overlay|fuse)/
const canOthersWrite = (path) => {
  const fd = openSync(dirname(path), 'r')
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1]
    const line = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').find((it) => it.startsWith(`${id} `))
    const [mount, [type, , options] = []] = line?.split(' - ').map((it) => it.split(' ')) ?? []
    if (mount === undefined || options === undefined || NETWORKS.test(type)) return true
    // A snapshot of btrfs is read-only itself, without such an option.
    const isReadOnly = (words) => words.split(',').includes('ro')
    return isReadOnly(mount[5]) && !isReadOnly(options)
  } finally {
    closeSync(fd)
  }
}

// Answers of the check that are about values, or about what this SQLite cannot check: the pages are in order.
const IS_NO_DAMAGE = /^(?:ok$|NULL value in|CHECK constraint failed|(?:NUMERIC|TEXT|non-\w+) value in|unable to validate)/
const MOST_ANSWERS = 100

const refuseDamage = (text) => {
  throw new Error(`it is damaged: ${text.replaceAll('\n', ' ')}`)
}

// Throws if the check finds damage. `what`: of all tables the most answers, or a table. Returns why this SQLite cannot check it, if so.
const check = (database, what) => {
  try {
    const answers = database.prepare(`pragma quick_check(${what})`).all().map((row) => String(Object.values(row)[0]))
    const damage = answers.find((it) => !IS_NO_DAMAGE.test(it))
    return damage && refuseDamage(damage)
  } catch (error) {
    if (error.errcode === undefined) throw error
    return (error.errcode & 0xff) === SQLITE_CORRUPT ? refuseDamage(error.message) : error.message
  }
}

// Virtual tables have no page: what they contain is in other tables. A table that uses what this SQLite does not have cannot be counted.
const countRows = (database, tables) =>
  tables.flatMap(({ name, rootpage }) => {
    if (name.startsWith('sqlite_') || !rootpage) return []
    try {
      const { rows } = database.prepare(`select count(*) as rows from "${name.replaceAll('"', '""')}"`).get()
      return [`${rows} ${JSON.stringify(name)}\n`]
    } catch (error) {
      if (error.errcode === undefined) throw error
      return []
    }
  })

let rows = []

// SQLite copies damaged pages as they are. The copy is not changed, so its lock is not needed.
const examine = (copy) => {
  const database = new DatabaseSync(new URL(`${pathToFileURL(copy)}?immutable=1`), { readOnly: true })
  try {
    database.exec('pragma trusted_schema = 0')
    const all = database.prepare("select name, rootpage from sqlite_schema where type = 'table'").all()
    const tables = all.map(({ name }) => name)
    if (list !== undefined) writeFileSync(list, tables.filter((name) => !name.startsWith('sqlite_')).map((name) => `${JSON.stringify(name)}\n`).join(''))
    if (digest !== undefined) rows = countRows(database, all)
    if (check(database, MOST_ANSWERS) === undefined) return
    // A table uses what this SQLite does not have, such as the order of texts of an extension: the others are checked.
    for (const name of tables) {
      const why = check(database, `'${name.replaceAll("'", "''")}'`)
      if (why !== undefined) console.error(`holdfast: "${file}": the table ${JSON.stringify(name)} could not be checked: ${why}`)
    }
  } catch (error) {
    if (error.errcode === undefined) throw error
    if ((error.errcode & 0xff) === SQLITE_CORRUPT) refuseDamage(error.message)
    console.error(`holdfast: "${file}": the copy could not be checked: ${error.message}`)
  } finally {
    database.close()
  }
}

const copyOut = async () => {
  if (!statSync(file, { throwIfNoEntry: false })) throw new Error('file not found')
  if (!statSync(file).isFile()) throw new Error('it is not a file')
  const copy = join(folder, 'copy')
  const path = realpathSync(file)
  try {
    await copyFrom(path, path, copy)
  } catch (error) {
    if (error.errcode === undefined) throw error
    // In WAL mode, SQLite creates a file beside the database. On a read-only file system, no program changes it, so its lock is not needed (sqlite.org/uri.html).
    // It was left by a program that was killed, and can only be played back by writing to the database.
    const isUnfinished = isHot(`${path}-journal`)
    if (isUnfinished && (error.errcode & 0xff) === SQLITE_READONLY)
      throw new Error('a transaction was not finished. Open the database with the program that uses it, which reverts it')
    // What is in the log is not in the database yet, and would be missing in the copy.
    if (!isOnReadOnly(path) || isUnfinished || sizeOf(`${path}-wal`) > 0) throw error
    if (canOthersWrite(path))
      throw new Error(`${error.message}: "${dirname(path)}" is read-only here, but another program could change the database. Make the folder writable for this program`)
    rmSync(copy, { force: true })
    await copyFrom(new URL(`${pathToFileURL(path)}?immutable=1`), path, copy)
  }
  examine(copy)
  const fd = openSync(copy, 'r')
  rmSync(copy)
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const hash = createHash('sha256')
  let size = 0
  for (let bytes = readSync(fd, chunk); bytes > 0; bytes = readSync(fd, chunk)) {
    if (digest !== undefined) hash.update(chunk.subarray(0, bytes))
    for (let at = 0; at < bytes; ) at += writeSync(1, chunk, at, bytes - at)
    size += bytes
  }
  closeSync(fd)
  if (digest !== undefined) writeFileSync(digest, `${rows.join('')}${size} ${hash.digest('hex')}\n`)
}

copyOut().catch((error) => {
  console.error(`holdfast: could not copy the database "${file}": ${error.message}`)
  process.exitCode = 1
})
