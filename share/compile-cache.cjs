// Loaded by Node.js before the program, at the request of the launcher. Stores compiled code in the folder `.cache` of the checkout, which halves the
// start-up time. The folder is used only if it belongs to this user and no other user can write to it, because its contents are executed.
const { lstatSync, mkdirSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const home = join(__dirname, '..')
const cache = join(home, '.cache')

function isPrivate(folder) {
  const entry = lstatSync(folder, { throwIfNoEntry: false })
  return entry?.isDirectory() && entry.uid === process.geteuid() && (entry.mode & 0o022) === 0
}

try {
  // In a checkout of another user, root would leave files that the owner cannot remove.
  if (isPrivate(home) && !lstatSync(cache, { throwIfNoEntry: false })) mkdirSync(cache, { mode: 0o700 })
  if (isPrivate(cache)) enableCompileCache(cache)
} catch {
  // A full or read-only disk must not prevent the start.
}
