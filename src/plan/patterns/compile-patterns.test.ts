import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { compilePatterns } from './compile-patterns.ts'

const TEXTS = [
  ...['', 'a', 'b', 'aa', 'aaa', 'ab', 'abc', 'aб', 'ф', 'абв', 'a\n', 'a\nb', 'b.txt', '12x', '٣x', 'x/data/d2', 'x/data', 'data/d1', 'a/b', 'x/x'],
  ...['n', 'o', 'q', 'A', 'bx', ']', '[', 'x[', '-', '.', '/', 'a[b', '\\', '^', ']a', '}', 'a{b', '1-2', ' ', 'x y', '🙂', './backup/q', 'aф'],
]

const SHELL = [
  ...['*/data/*', '*.log', 'a/*', '[no]*', '?ata/d1', '', '[!a]x', '[a-c]?', '[]x]', '[', 'x[', '[z-a]', '[!]]a', '[a-]', '[--0]', 'a[b'],
  ...['**', '[\\]', '[^a]', './backup/*', '?', 'a[!b-', '[!', '[]', '[!]', '\\a', '[a-c-e]*', '*a*b*'],
]

const REGEX = [
  ...['a', '.*\\.txt$', '(bad', '(?i)ABC', '\\d+x', '[^/]+/x', '(?P<q>a)(?P=q)', 'a{,2}$', 'a{2}', 'x|y', '\\w+$', '\\bab\\b', 'a$', '[\\w.]+$'],
  ...['[]a]', '\\.', '\\/', '(?s).b', '.b', 'a{b', '}', '\\x41', '[\\d-]+$', '(?#c)q', '(?m)^b$', 'a(?=b)', '(?<=a)b', '(a)\\1', 'a??b', '\\Aab\\Z'],
  ...['[a\\]]', '\\q', '[z-a]', 'a**', '\\Sф', '\\s', '(?s:.)b', '(?i:A)', 'a\\', '[a', '[^\\s]', '[\\W]', '\\u0444', '\\N', 'a{1,2}?$', '(?:a|b)+$'],
]

// The other language's own answers.
const PYTHON = `
import json,sys,re,fnmatch,warnings
warnings.simplefilter('ignore')
texts,shell,regex=json.load(sys.stdin)
def matched(p):
  try: q=re.compile(p)
  except re.error: return None
  return [bool(q.match(t)) for t in texts]
print(json.dumps([[[fnmatch.fnmatchcase(t,p) for t in texts] for p in shell],[matched(p) for p in regex]]))`

function ours(language: 'shell' | 'regex', pattern: string): readonly boolean[] | null {
  const compiled = compilePatterns({ language, patterns: [pattern] })
  return compiled.refused.length > 0 ? null : TEXTS.map((text) => compiled.matches(text))
}

describe('compilePatterns', () => {
  const { stdout, status } = spawnSync('python3', ['-c', PYTHON], { input: JSON.stringify([TEXTS, SHELL, REGEX]), encoding: 'utf8' })
  const skip = status === 0 ? false : 'python3 is missing'

  it('answers as fnmatch and re.match of Python do', { skip }, () => {
    const [shell, regex] = JSON.parse(stdout) as [boolean[][], (boolean[] | null)[]]
    const differing = (language: 'shell' | 'regex', patterns: readonly string[], theirs: readonly (readonly boolean[] | null)[]) =>
      patterns.flatMap((pattern, index) => {
        const mine = ours(language, pattern)
        const wrong = TEXTS.filter((_, at) => mine?.[at] !== theirs[index]?.[at])
        return (mine === null) === (theirs[index] === null) && wrong.length === 0 ? [] : [{ pattern, wrong }]
      })
    assert.deepEqual(differing('shell', SHELL, shell), [])
    // Refused here and not there.
    assert.deepEqual(
      differing('regex', REGEX, regex).map((it) => it.pattern),
      ['(?s:.)b', '[\\W]'],
    )
  })

  it('matches the whole path in shell mode, with stars across slashes, and the beginning in regex mode', () => {
    const { matches } = compilePatterns({ language: 'shell', patterns: ['*/data/*', ' *.log '] })
    assert.deepEqual(['x/data/d2', 'x/data/deep/d3', 'x/data', 'data/d1', 'a/b.log', 'b.logs'].map(matches), [true, true, false, false, true, false])
    const regex = compilePatterns({ language: 'regex', patterns: ['a', ''] })
    assert.deepEqual(['a', 'a/two.txt', 'abc', 'ba'].map(regex.matches), [true, true, true, false])
  })

  it('returns invalid patterns, and uses the others', () => {
    const { refused, matches } = compilePatterns({ language: 'regex', patterns: ['(bad', 'good', '(?>a)', 'a++', '(?x) a'] })
    assert.deepEqual(
      refused.map((it) => it.pattern),
      ['(bad', '(?>a)', 'a++', '(?x) a'],
    )
    assert.ok(refused.every(({ why }) => /^(?:is|has|uses|ends) /u.test(why)))
    assert.equal(matches('good'), true)
  })

  it('does not stall over many stars', () => {
    const { matches } = compilePatterns({ language: 'shell', patterns: ['*a*b'] })
    assert.equal(matches('a'.repeat(5000)), false)
  })
})
