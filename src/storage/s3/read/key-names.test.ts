import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openKeyNames } from './key-names.ts'

/** As AWS does it. */
const form = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
/** As many libraries do it: RFC 3986, with what a path may contain. */
const percent = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2B', '+')
const plain = (key: string) => key

/** The keys that a text of a listing can mean. */
function meaningsOf(text: string): readonly string[] {
  return [text, text.replaceAll('+', ' ')].flatMap((it, index) => {
    try {
      return [...(index === 0 ? [text] : []), decodeURIComponent(it)]
    } catch {
      return []
    }
  })
}

const STORES = [
  { what: 'as AWS does', isAnnounced: true, write: form },
  { what: 'with plus signs', isAnnounced: true, write: percent },
  { what: 'unchanged, although it announces an encoding', isAnnounced: true, write: plain },
  { what: 'unchanged', isAnnounced: false, write: plain },
  { what: 'as AWS does, without announcing it', isAnnounced: false, write: form },
  { what: 'with plus signs, without announcing it', isAnnounced: false, write: percent },
] as const

const aKey = fc.stringMatching(/^[a z+%:ä/0-9A-F]{1,12}$/u).filter((it) => it.isWellFormed())

describe('the keys of a listing', () => {
  for (const { what, isAnnounced, write } of STORES) {
    it(`are read as they are, if the store writes them ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uniqueArray(aKey, { minLength: 1, maxLength: 6 }), { maxLength: 4 }), async (pages) => {
          const names = openKeyNames()
          const kept = new Set(pages.flat())
          let asked = 0
          for (const keys of pages) {
            const read = await names.read({ texts: keys.map(write), isAnnounced }, async (key) => {
              asked += 1
              return kept.has(key)
            })
            // A key that is another one in another encoding may be taken for it, if both are there.
            const isDouble = keys.some((key) => [...meaningsOf(write(key)), form(key), percent(key)].some((it) => it !== key && kept.has(it)))
            if (!isDouble) assert.deepEqual(read, keys)
            else return
          }
          assert.ok(asked <= 18, String(asked))
        }),
      )
    })
  }

  it('need no question at a store that does as AWS does', async () => {
    const keys = ['web/2026-01-01T00:00:00+00:00/a', 'web/größe', "it's(1)!*~", 'web/a_b-c.d']
    const never = async () => assert.fail('asked')
    assert.deepEqual(await openKeyNames().read({ texts: keys.map(form), isAnnounced: true }, never), keys)
    const simple = ['web/a', 'web/b.tar.zst', 'web/20260101T000000Z/größe']
    assert.deepEqual(await openKeyNames().read({ texts: simple, isAnnounced: false }, never), simple)
  })

  it('are an error if they are in several encodings', async () => {
    const names = openKeyNames()
    await names.read({ texts: ['a%20b'], isAnnounced: false }, async (key) => key === 'a b')
    await assert.rejects(
      names.read({ texts: ['100%'], isAnnounced: false }, async () => true),
      { fault: 'OtherEncoding' },
    )
  })

  it('with control characters are not stored where no listing can contain them', async () => {
    const names = openKeyNames()
    names.assertListable('\r')
    await names.read({ texts: ['100%'], isAnnounced: true }, async () => true)
    assert.throws(() => names.assertListable('a\u001b'), { fault: 'UnlistableKey' })
    names.assertListable('a\tb\nc')
  })
})
