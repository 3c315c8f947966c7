import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Listing } from '../../backup/contents/listing.ts'
import { AppError } from '../../lib/errors.ts'
import { type SearchedSet, searchObjects, type UnsearchedPart } from './search-objects.ts'

class Stopped extends AppError {
  readonly code = 'run/interrupted'
}

async function search(set: Partial<SearchedSet>) {
  const heard: string[] = []
  const searched: SearchedSet = { objects: async () => [], list: async () => undefined, signal: new AbortController().signal, ...set }
  const receiver = {
    onFound: ({ object, entry }: { readonly object: { readonly path: string }; readonly entry?: { readonly path: string } }) =>
      heard.push(`found ${object.path}${entry === undefined ? '' : ` ${entry.path}`}`),
    onUnsearched: ({ message }: UnsearchedPart) => heard.push(`unsearched: ${message}`),
  }
  return { count: await searchObjects(searched, { wanted: 'host', isGlob: false }, receiver), heard }
}

const object = (path: string) => ({ path, bytes: 1, filters: [] })

describe('searchObjects', () => {
  it('finds objects and what is inside them, and reports what was not searched', async () => {
    const listed: Listing = { kind: 'listed', source: 'index', format: 'tar', entries: 2 }
    const listings: Readonly<Record<string, Listing>> = {
      'hosts.tar': listed,
      part: { ...listed, incomplete: 'it is damaged' },
      locked: { kind: 'unlisted', why: 'key', message: 'it is encrypted', lacks: 'its key' },
    }
    const { count, heard } = await search({
      objects: async () => [...Object.keys(listings), 'bare'].map(object),
      list: async ({ path }, consumer) => {
        if (path === 'hosts.tar') for (const name of ['etc/Hosts', 'etc/passwd']) consumer.take({ path: name, kind: 'file' })
        return listings[path]
      },
    })
    assert.equal(count, 4)
    assert.deepEqual(heard, [
      ...['found hosts.tar', 'found hosts.tar etc/Hosts'],
      ...['unsearched: it is damaged', 'unsearched: it is encrypted', 'unsearched: "bare" has no index'],
    ])
  })

  it('reports a set whose objects are not known; a stop meanwhile is no such set', async () => {
    const stop = new AbortController()
    const objects = () => Promise.reject(new Stopped('it was stopped'))
    assert.deepEqual(await search({ objects }), { count: 0, heard: ['unsearched: it was stopped'] })
    stop.abort()
    await assert.rejects(search({ objects, signal: stop.signal }), Stopped)
  })
})
