// Exits with 0 when node_modules holds what package-lock.json says, by npm's own record of what it installed. Runs on the system's Node.js.
import { readFileSync } from 'node:fs'

const versionsIn = (file) => new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== ''))

try {
  const wanted = versionsIn('package-lock.json')
  const there = versionsIn('node_modules/.package-lock.json')
  const missing = [...wanted].some(([path, { version, optional }]) => !optional && there.get(path)?.version !== version)
  const outdated = [...there].some(([path, { version }]) => wanted.has(path) && wanted.get(path).version !== version)
  process.exitCode = missing || outdated ? 1 : 0
} catch {
  process.exitCode = 1
}
