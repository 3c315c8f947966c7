import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { printable } from './format.ts'
import { NEWLINE_SETUP, printableShellWord, shellWord } from './shell-word.ts'

describe('a shell word', () => {
  it('is that text again', () => {
    for (const text of ['', 'a=b', "it's", 'a b', '$HOME', 'x\ny', '-n', 'ä', '`id`'])
      assert.equal(spawnSync('sh', ['-c', `printf %s. ${shellWord(text)}`], { encoding: 'utf8' }).stdout, `${text}.`)
  })

  it('is parsed as that text, on one line, and displayed unambiguously', () => {
    const texts = fc.array(
      fc.string({ unit: 'binary' }).map((it) => `./${it.replaceAll('\0', '')}`),
      { minLength: 20, maxLength: 20 },
    )
    fc.assert(
      fc.property(texts, (words) => {
        const script = `${NEWLINE_SETUP}; printf '%s\\0' ${words.map(printableShellWord).join(' ')}`
        assert.equal(printable(script), script)
        assert.deepEqual(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\0').slice(0, -1), words)
      }),
      { numRuns: 20, examples: [[Array.from({ length: 20 }, (_, index) => `./x\u202e\u200b\u{e0041}\u001b\n'${index}`)]] },
    )
  })
})
