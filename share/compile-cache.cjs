// The launcher has Node.js load this before the program: it keeps the compiled code in the folder `.cache` of the checkout, which halves the
// time of a start. Only a folder that is ours alone is trusted, since what lies in it is run. Without one the program starts all the same.
const { lstatSync, mkdirSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const home = join(__dirname, '..')
const cache = join(home, '.cache')

function isOursAlone(folder) {
  const entry = lstatSync(folder, { throwIfNoEntry: false })
  return entry?.isDirectory() && entry.uid === process.geteuid() && (entry.mode & 0o022) === 0
}

try {
  // In somebody else's checkout root would leave files that the owner cannot remove.
  if (isOursAlone(home) && !lstatSync(cache, { throwIfNoEntry: false })) mkdirSync(cache, { mode: 0o700 })
  if (isOursAlone(cache)) enableCompileCache(cache)
} catch {
  // A full or read-only disk is no reason not to start.
}
