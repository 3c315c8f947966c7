import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Manifest } from '../../src/backup/set/manifest.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Removes the records of the sets beside this one, and those of the host with this state folder: what was published is not known any more. */
export function forgetRecords(set: string, state: string): void {
  rmSync(join(dirname(set), '.holdfast-records'), { recursive: true, force: true })
  const journal = join(state, 'journal.db')
  if (!existsSync(journal)) return
  const db = new DatabaseSync(journal)
  db.exec('delete from evidence')
  db.close()
}

/** Replaces an object in a set, and its digests, as if it had been stored like that. */
export function forgeObject(set: string, path: string, bytes: Buffer): void {
  writeFileSync(join(set, path), bytes)
  const manifestFile = join(set, 'manifest.json')
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest
  const objects = manifest.objects.map((it) => (it.path === path ? { ...it, bytes: bytes.length, sha256: sha256(bytes) } : it))
  const text = `${JSON.stringify({ ...manifest, objects }, undefined, 2)}\n`
  writeFileSync(manifestFile, text)
  const sumsFile = join(set, 'SHA256SUMS')
  const digests = new Map([
    [path, sha256(bytes)],
    ['manifest.json', sha256(Buffer.from(text))],
  ])
  const sums = readFileSync(sumsFile, 'utf8').replaceAll(/^[0-9a-f]{64} [ *](.*)$/gmu, (line: string, name: string) =>
    digests.has(name) ? `${digests.get(name)}${line.slice(64)}` : line,
  )
  writeFileSync(sumsFile, sums)
}
