import assert from 'node:assert/strict'
import { it } from 'node:test'
import { listedAttributes } from './listed-attributes.ts'

it('files with attributes that only privileged processes can set are found, however the listing is divided', () => {
  const listing = [
    '-rwxr-xr-x* root/root     35664 2026-11-26 19:37 ./ping',
    '  x: 20 security.capability',
    '-rw-r--r--* root/root         1 2026-11-26 19:37 ./plain',
    '  x:  3 user.note',
    'drwxr-xr-x* root/root         0 2026-11-26 19:37 ./lower/',
    '  x:  1 trusted.overlay.opaque',
    '',
  ].join('\n')
  for (const portion of [1, 7, listing.length]) {
    const attributes = listedAttributes()
    for (let at = 0; at < listing.length; at += portion) attributes.see(Buffer.from(listing.slice(at, at + portion)))
    assert.deepEqual(attributes.found(), [
      { path: './ping', what: 'privileged attributes' },
      { path: './lower/', what: 'privileged attributes' },
    ])
  }
})
