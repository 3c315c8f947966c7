// Loaded by Node.js before the program, at the request of the launcher. Stores compiled code in the folder `.cache` of the installation, which halves the
// start-up time. The folder is used only if it belongs to this user and no other user can write to it, because its contents are executed.
const {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs')
const { enableCompileCache, Module } = require('node:module')
const { dirname, join } = require('node:path')
const { crc32 } = require('node:zlib')

const home = join(__dirname, '..')
const cache = join(home, '.cache')
const built = join(home, 'lib/holdfast/')
// The CRC-32 of all that follows, and where the names begin.
const HEADER_BYTES = 8

try {
  // In a checkout of another user, root would leave files that the owner cannot remove.
  if (isPrivate(home) && !lstatSync(cache, { throwIfNoEntry: false })) mkdirSync(cache, { mode: 0o700 })
  if (isPrivate(cache)) {
    if (process.argv[1]?.startsWith(built)) keepCompiled()
    else enableCompileCache(cache)
  }
} catch {
  // A full or read-only disk must not prevent the start.
}

function isPrivate(folder) {
  const entry = lstatSync(folder, { throwIfNoEntry: false })
  return entry?.isDirectory() && entry.uid === process.geteuid() && (entry.mode & 0o022) === 0
}

/**
 * Compiles the files of the built program with the help of what earlier starts compiled. The cache of Node.js contains the functions that are compiled
 * when a file is loaded; this one is made later, and also contains those that were called. There is one file for all starts with the same command. The first
 * few starts add to it, because they do not all call the same functions.
 */
function keepCompiled() {
  // Shorter than the time after which the program changes how V8 compiles (see limitMemory): later starts do not accept what is compiled then.
  const STORE_AFTER_MS = 900
  const STARTS_THAT_ADD = 4
  const file = join(cache, cacheName(process.argv.slice(2)))
  let known = readCompiled(file)
  let isComplete = known.starts >= STARTS_THAT_ADD
  const loaded = new Map()
  const store = () => {
    if (known !== undefined && !isComplete && loaded.size > 0) storeCompiled(file, loaded, known)
    known = undefined
    loaded.clear()
  }

  // An upgrade may replace a file between reading and compiling it: what is read is of the state that is the same before and after.
  const before = new Map()
  const read = Module._extensions['.js']
  Module._extensions['.js'] = (module, path) => {
    if (known !== undefined && path.startsWith(built)) before.set(path, stateOf(path))
    return read(module, path)
  }
  const compile = Module.prototype._compile
  Module.prototype._compile = function (content, path, format) {
    const state = known !== undefined && before.get(path)
    if (!state || stateOf(path) !== state) return compile.call(this, content, path, format)
    const { constants, Script } = require('node:vm')
    const cachedData = known.files[path]?.state === state ? codeIn(known, path) : undefined
    const wrapped = `(function (exports, require, module, __filename, __dirname) { ${content}\n})`
    const script = new Script(wrapped, { filename: path, cachedData, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER })
    if (cachedData === undefined || script.cachedDataRejected) {
      isComplete = false
      known.starts = 0
    }
    loaded.set(path, { state, script })
    const load = (name) => this.require(name)
    load.main = process.mainModule
    script.runInThisContext().call(this.exports, this.exports, load, this, path, dirname(path))
  }
  process.once('exit', store)
  setTimeout(store, STORE_AFTER_MS).unref()
}

/** The name by which the program was called, and the first word that may be a command, name the file. */
function cacheName(words) {
  const invokedAs = words.find((it) => it.startsWith('--invoked-as='))?.replace(/^.*[=/]/u, '')
  const name = `${invokedAs}-${words.find((it) => /^[a-z][a-z-]*$/u.test(it)) ?? ''}`
  return `compiled-${/^[\w.-]{1,60}$/u.test(name) ? name : 'other'}`
}

/** Differs if the file was replaced or changed. */
function stateOf(path) {
  const { size, ctimeMs, ino } = statSync(path)
  return [size, ctimeMs, ino].join()
}

/** `files`: the state of each when it was compiled, and where its compiled code is in `code`. V8 executes damaged code: it has a checksum here. */
function readCompiled(file) {
  try {
    const code = readFileSync(file)
    if (crc32(code.subarray(4)) !== code.readUInt32LE(0)) throw new Error('damaged')
    return { code, ...JSON.parse(code.latin1Slice(code.readUInt32LE(4))) }
  } catch {
    return { code: Buffer.alloc(0), starts: 0, files: {} }
  }
}

function codeIn({ code, files }, path) {
  const { begin, end } = files[path]
  return code.subarray(begin, end)
}

function storeCompiled(file, loaded, known) {
  const MAX_FILES = 64
  const ABANDONED_MS = 3_600_000
  const work = `${file}.new`
  try {
    if (readdirSync(cache).length > MAX_FILES) return
    if (Date.now() - (lstatSync(work, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) > ABANDONED_MS) rmSync(work)
    // Fails if another start is writing it.
    const fd = openSync(work, 'wx', 0o600)
    try {
      // On the disk before it gets its name.
      writeFileSync(fd, packed(loaded, known), { flush: true })
    } finally {
      closeSync(fd)
    }
    renameSync(work, file)
  } catch {
    // The next start tries again.
  }
}

/** What was loaded now, and of what was known the files that are still the same. */
function packed(loaded, known) {
  const files = {}
  const header = Buffer.alloc(HEADER_BYTES)
  const parts = [header]
  let at = header.length
  const add = (path, state, code) => {
    files[path] = { state, begin: at, end: at + code.length }
    // V8 copies what does not begin at a multiple of eight.
    parts.push(code, Buffer.alloc(-code.length & 7))
    at += (code.length + 7) & ~7
  }
  for (const [path, { state, script }] of loaded) add(path, state, script.createCachedData())
  for (const [path, { state }] of Object.entries(known.files)) {
    if (!loaded.has(path) && existsSync(path) && stateOf(path) === state) add(path, state, codeIn(known, path))
  }
  const stored = Buffer.concat([...parts, Buffer.from(JSON.stringify({ starts: known.starts + 1, files }), 'latin1')])
  stored.writeUInt32LE(at, 4)
  stored.writeUInt32LE(crc32(stored.subarray(4)))
  return stored
}
