// Exits with 0 when node_modules holds what package-lock.json says, by npm's own record of what it installed. Runs on the system's Node.js.
import { existsSync, readFileSync } from 'node:fs'

const versionsIn = (file) => new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== ''))

// Optional, since there is one for each sort of machine; that for this one must be there.
const runtime = `node_modules/node-linux-${process.arch}`

try {
  const wanted = versionsIn('package-lock.json')
  const there = versionsIn('node_modules/.package-lock.json')
  const isNeeded = (path, { optional }) => !optional || path === runtime
  const missing = [...wanted].some(([path, entry]) => isNeeded(path, entry) && there.get(path)?.version !== entry.version)
  const outdated = [...there].some(([path, { version }]) => wanted.has(path) && wanted.get(path).version !== version)
  process.exitCode = missing || outdated || !existsSync(`${runtime}/bin/node`) ? 1 : 0
} catch {
  process.exitCode = 1
}
