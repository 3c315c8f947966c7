import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { HOST, renderIssues } from '../../../test/support/palhm.ts'
import { memoryReader } from '../../../test/support/readers.ts'
import { loadPalhm } from './load.ts'

// Every row of the table that was recorded with the ancestor, with a text of its kind and whether it loads here. The record tells how the ancestor ended
// (rc=0, rc=1) when it loaded the text and ran the task "default".

type Row = readonly [row: string, text: string | Uint8Array, here: 'loads' | 'refused', why?: string]

const say = (word: string) =>
  `{"tasks": [{"id": "default", "type": "routine", "routine": [{"type": "exec-inline", "argv": ["/bin/echo", ${word}]}]}]}`
const ok = say('"ok"')
const top = (keys: string) => `{${keys}, ${ok.slice(1)}`
const entry = (keys: string) => `{"tasks": [{"id": "default", "type": "routine", "routine": [{${keys}}]}]}`
const onNothing = (keys: string) => `{"tasks": [{"id": "default", "type": "backup", ${keys}}]}`
const withMode = (mode: string) => onNothing(`"backend": "localfs", "backend-param": {"root": "/b", "dmode": ${mode}}`)
const superset = 'more is taken than the ancestor took'
const later = 'it loads; what fails is running a task that is not there'

const rows: readonly Row[] = [
  ['line comment (.jsonc)', `// x\n${ok}`, 'loads'],
  ['block comment (.jsonc)', ok.replace('[', '/* x */ ['), 'loads'],
  ['comment inside string kept (.jsonc)', say('"a // b /* c */"'), 'loads'],
  ['hash comment (.jsonc)', `# x\n${ok}`, 'refused'],
  ['trailing comma in object (.jsonc)', ok.replace(/\}$/u, ',}'), 'loads', superset],
  ['trailing comma in array (.jsonc)', ok.replace(/\]\}$/u, ',]}'), 'loads', superset],
  ['unterminated block comment at the end (.jsonc)', `${ok} /* x`, 'loads'],
  ['single quotes (.jsonc)', say("'ok'"), 'refused'],
  ['unquoted key (.jsonc)', '{tasks: []}', 'refused'],
  ['trailing garbage (.jsonc)', `${ok} x`, 'refused'],
  ['two documents (.jsonc)', `${ok} ${ok}`, 'refused'],
  ['empty file (.jsonc)', '', 'refused'],
  ['only a comment (.jsonc)', '// x\n', 'refused'],
  ['top-level array (.jsonc)', '[]', 'refused'],
  ['UTF-8 BOM (.jsonc)', `\ufeff${ok}`, 'refused'],
  ['UTF-8 BOM (.json)', `\ufeff${ok}`, 'refused'],
  ['UTF-8 text (.jsonc)', say('"žluťoučký €"'), 'loads'],
  ['escaped surrogate pair (.jsonc)', say('"\\ud83d\\ude00"'), 'loads'],
  ['escaped surrogate pair (.json)', say('"\\ud83d\\ude00"'), 'loads'],
  ['lone surrogate (.jsonc)', say('"\\ud83d x"'), 'loads'],
  ['lone surrogate (.json)', say('"\\ud83d x"'), 'refused'],
  ['raw control char (tab) in string (.jsonc)', say('"a\tb"'), 'refused'],
  ['raw control char (tab) in string (.json)', say('"a\tb"'), 'refused'],
  ['escaped slash (.jsonc)', say('"a\\/b"'), 'loads'],
  ['NUL escape in argv (.jsonc)', say('"a\\u0000b"'), 'refused'],
  ['duplicate key: last wins (.jsonc)', top('"tasks": 1'), 'loads'],
  ['duplicate key: last wins (.json)', `${ok.slice(0, -1)}, "tasks": []}`, 'loads', later],
  ['big int (.jsonc)', top('"x": 123456789012345678901234567890'), 'loads'],
  ['1e400 (.jsonc)', top('"x": 1e400'), 'loads'],
  ['leading zero (.jsonc)', top('"x": 01'), 'refused'],
  ['plus sign (.jsonc)', top('"x": +1'), 'refused'],
  ['hex (.jsonc)', top('"x": 0x10'), 'refused'],
  ['NaN (.json)', top('"x": NaN'), 'loads'],
  ['NaNc (.jsonc)', top('"x": NaNc'), 'refused'],
  ['nesting 130 deep (.jsonc)', top(`"x": ${'['.repeat(130)}${']'.repeat(130)}`), 'refused'],
  ['invalid UTF-8 (.jsonc)', Buffer.from(say('"\xff"'), 'latin1'), 'refused'],
  ['CRLF (.jsonc)', ok.replaceAll(' ', '\r\n'), 'loads'],
  ['include null (.json)', top('"include": null'), 'refused'],
  ['execs null (.json)', top('"execs": null'), 'refused'],
  ['tasks null (.json)', '{"tasks": null}', 'refused'],
  ['tasks object (.json)', '{"tasks": {}}', 'loads', later],
  ['no tasks (.json)', '{}', 'loads', later],
  ['exec without id (.json)', top('"execs": [{"argv": ["x"]}]'), 'refused'],
  ['exec without argv (.json)', top('"execs": [{"id": "x"}]'), 'refused'],
  ['task without id (.json)', '{"tasks": [{"type": "routine", "routine": []}]}', 'refused'],
  ['task without type (.json)', '{"tasks": [{"id": "default", "routine": []}]}', 'refused'],
  ['routine without routine (.json)', '{"tasks": [{"id": "default", "type": "routine"}]}', 'refused'],
  ['routine entry without type (.json)', entry('"argv": ["x"]'), 'refused'],
  ['exec-inline without argv (.json)', entry('"type": "exec-inline"'), 'refused'],
  [
    'exec-append without argv (.json)',
    `{"execs": [{"id": "x", "argv": ["x"]}], ${entry('"type": "exec-append", "exec-id": "x"').slice(1)}`,
    'refused',
  ],
  ['exec-inline argv string (.json)', entry('"type": "exec-inline", "argv": "/bin/true"'), 'loads'],
  [
    'exec-append argv string (.json)',
    `{"execs": [{"id": "x", "argv": ["/bin/echo"]}], ${entry('"type": "exec-append", "exec-id": "x", "argv": "abc"').slice(1)}`,
    'loads',
  ],
  ['argv with a number (.json)', say('1'), 'refused'],
  ['routine empty argv (.json)', entry('"type": "exec-inline", "argv": []'), 'refused'],
  ['backup without backend (.json)', onNothing('"objects": []'), 'refused'],
  ['backup unknown backend (.json)', onNothing('"backend": "aws-s3"'), 'refused'],
  ['backup object without path (.json)', onNothing('"backend": "null", "objects": [{"pipeline": []}]'), 'refused'],
  ['backup object without pipeline (.json)', onNothing('"backend": "null", "objects": [{"path": "x"}]'), 'refused'],
  ['backup without objects (.json)', onNothing('"backend": "null"'), 'loads'],
  ['backup null backend-param (.json)', onNothing('"backend": "null", "backend-param": null'), 'loads'],
  ['vl string (.json)', top('"vl": "3"'), 'refused'],
  ['vl float (.json)', top('"vl": 3.5'), 'refused'],
  ['vl null (.json)', top('"vl": null'), 'refused'],
  ['vl true (.json)', top('"vl": true'), 'loads'],
  ['vl 100 (.json)', top('"vl": 100'), 'loads'],
  ['vl 5 (level 0) (.json)', top('"vl": 5'), 'loads'],
  ['vl 6 (level -10) (.json)', top('"vl": 6'), 'loads'],
  ['vl -3 (.json)', top('"vl": -3'), 'loads'],
  ['modules string (.json)', top('"modules": "aws"'), 'refused'],
  ['dmode number (.json)', withMode('755'), 'refused'],
  ['dmode 0o755 (.json)', withMode('"0o755"'), 'loads'],
  ['dmode 0755 (.json)', withMode('"0755"'), 'loads'],
  ['dmode rwx (.json)', withMode('"rwx"'), 'refused'],
  ['dmode 1777 (.json)', withMode('"1777"'), 'loads'],
]

describe('the recorded table of texts', () => {
  const recorded = new Map(
    [
      ...readFileSync(new URL('../../../test/golden/palhm/recorded/19-json/table.txt', import.meta.url), 'utf8').matchAll(
        /^(?<row>.*?)\s+rc=(?<code>\d)/gmu,
      ),
    ].map(({ groups }) => [groups?.['row'] ?? '', groups?.['code']]),
  )

  it('has a text here for every row', () =>
    assert.deepEqual(
      rows.map(([row]) => row),
      [...recorded.keys()],
    ))

  for (const [row, text, here, why] of rows)
    it(`${row} ${here}${why ? `: ${why}` : ''}`, async () => {
      const file = `/x${/\((?<ext>\.jsonc?)\)$/u.exec(row)?.groups?.['ext']}`
      const { plan, issues } = await loadPalhm(file, { reader: memoryReader({ [file]: text }), host: HOST })
      assert.equal(plan ? 'loads' : 'refused', here, renderIssues(issues))
      // Where we differ from the ancestor there is a reason.
      if (recorded.get(row) !== (plan ? '0' : '1')) assert.ok(why, `differs from the record, which says ${recorded.get(row)}`)
    })
})
