import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { splitWords } from './shell-words.ts'

const wordsOf = (text: string) => {
  const split = splitWords(text)
  return split.kind === 'words' ? split.words : split.message
}

describe('splitWords', () => {
  it('supports blanks, quotes and backslashes', () => {
    assert.deepEqual(wordsOf(''), [])
    assert.deepEqual(wordsOf('  -v   --stats '), ['-v', '--stats'])
    assert.deepEqual(wordsOf('-e "ssh -p 22" \'a b\'c d\\ e ""'), ['-e', 'ssh -p 22', 'a bc', 'd e', ''])
    assert.deepEqual(wordsOf('"a\\"b\\\\c\\d"'), ['a"b\\c\\d'])
  })

  it('refuses what only a shell could do', () => {
    for (const order of ['a; b', 'a | b', 'a > b', '$HOME', '"$HOME"', '`id`', '"`id`"', 'a & b', '(a)'])
      assert.match(String(wordsOf(order)), /shell/u, order)
    for (const open of ["'a", '"a', 'a "b']) assert.equal(wordsOf(open), 'missing closing quote')
  })

  it('splits accepted text like /bin/sh', () => {
    // One shell for all samples: each is evaluated, and its words told with their number.
    const samples = fc
      .sample(fc.string({ unit: fc.constantFrom(' ', 'a', '-', '"', "'", '\\', '=', 'ä', '\t'), maxLength: 12 }), { numRuns: 300, seed: 7 })
      .filter((text) => splitWords(text).kind === 'words' && !/(?:^|[^\\])(?:\\\\)*\\$/u.test(text))
    assert.ok(samples.length > 50)
    const script = 'for text; do eval "set -- $text"; printf "%s\\0" "$#" "$@"; done'
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', ...samples], { encoding: 'utf8' })
    const wanted = samples.flatMap((text) => {
      const words = wordsOf(text) as readonly string[]
      return [String(words.length), ...words]
    })
    assert.deepEqual([stdout.split('\0').slice(0, -1), stderr], [wanted, ''])
  })
})
