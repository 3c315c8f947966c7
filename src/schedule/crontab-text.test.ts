import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { withoutEntries as dropEntries, entriesFor, withEntry as putEntry } from './crontab-text.ts'
import { renderEntry } from './render-crontab-line.ts'

const line = '0 23 * * 0 /usr/bin/python3 /opt/KristaBackup/KristaBackup.py run weekly 2>&1 | /usr/bin/tee /l # weekly'

const linesOf = (text: string, task: string) => new Set(entriesFor(text, task).map((it) => it.line))
const withEntry = (text: string, task: string, entry: string) => putEntry(text, entry, linesOf(text, task))
const withoutEntries = (text: string, task: string) => dropEntries(text, linesOf(text, task))

const HOSTILE = [
  '# nightly job',
  '0 0 * * * /x',
  'PATH=/bin:/usr/bin',
  '# weekly',
  '0 3 * * * /important # weekly',
  '@reboot /z',
  '0 4 * * * /w "a b" # c1 # c2',
  '*/10 * * * *\t/tabbed',
  'SHELL="/bin/bash"',
  '\t0 6 * * * /last   ',
  '#0 3 * * * /opt/KristaBackup.py run weekly # weekly',
  '0 3 * * * /opt/KristaBackup.py run weekly2 # weekly2',
  '0 3 * * * echo run weekly',
  'garbage \xff\xfe # weekly',
  '',
  '0 9 * * * /crlf\r',
]

describe('a crontab with an entry', () => {
  it('has it at its end, after an empty line, and every other line as it was', () => {
    const text = `${HOSTILE.join('\n')}\n`
    assert.equal(withEntry(text, 'weekly', line), `${text}\n${line}\n`)
    assert.equal(withEntry('', 'weekly', line), `\n${line}\n`)
  })

  it('does not change when nothing is to change', () => {
    const text = withEntry('MAILTO=a\n', 'weekly', line)
    assert.equal(withEntry(text, 'weekly', line), text)
    assert.equal(withoutEntries('0 1 * * * x', 'weekly'), '0 1 * * * x')
  })

  it('has one entry, whatever was there, also of the original and edited by hand', () => {
    const old = [
      '@weekly /usr/bin/python3 /opt/KristaBackup/KristaBackup.py run weekly 2>&1 | /usr/bin/tee /l | xargs -r -0 sh -c "echo ERROR > /t" # weekly',
      '0 1 * * * nice /opt/KristaBackup.py run weekly -v #weekly',
      '0 1 * * * /usr/bin/test $(date "+\\%u") -eq 0 && /opt/KristaBackup.py run \'weekly\' # weekly  ',
    ]
    const text = `A=1\n\n${old.join('\n\n')}\n0 5 * * * /b\n`
    assert.equal(withEntry(text, 'weekly', line), `A=1\n0 5 * * * /b\n\n${line}\n`)
    assert.equal(withoutEntries(text, 'weekly'), 'A=1\n0 5 * * * /b\n')
  })

  it('supports names with blanks and percent signs', () => {
    const odd = "5 1 * * * /p run 'sp ace\\%x' # sp ace%x"
    const original = '5 1 * * * /p run sp ace%x 2>&1 | /usr/bin/tee /l # sp ace%x'
    assert.equal(withoutEntries(`${odd}\n${original}\n`, 'sp ace%x'), '')
    const tasks = ['sp ace%x', 'weekly', 'ace%x', 'sp']
    assert.deepEqual(
      tasks.filter((task) => entriesFor(`${odd}\n${line}\n`, task).length > 0),
      ['sp ace%x', 'weekly'],
    )
  })

  it('recognizes its lines with number signs in quotes, and no others', () => {
    const name = "a #b's"
    const entry = { task: name, times: '5 1 * * *', argv: ['/opt/my #1/holdfast', 'run', name], outputFile: '/l #2', triggerFile: '/t #3' }
    const own = renderEntry(entry)
    const twice = withEntry(withEntry('A=1\n', name, own), name, own.replace('5', '6'))
    assert.equal(twice, `A=1\n\n${own.replace('5', '6')}\n`)
    assert.equal(withoutEntries(twice, name), 'A=1\n')
    assert.equal(withoutEntries(`${own.replace('5 1 * * *', '@daily').replace('# a', '#a')}\n`, name), '')
    for (const foreign of [
      '0 3 * * * /x # I used to run weekly # weekly',
      "0 3 * * * /x '# y' # run weekly # weekly",
      "@daily /x 'run weekly # weekly",
    ])
      assert.equal(withoutEntries(foreign, 'weekly'), foreign)
  })

  it('has the program and the configuration of each entry', () => {
    const of = (command: string) => entriesFor(`0 1 * * * ${command} run weekly # weekly\n`, 'weekly').map(({ program, file }) => [program, file])
    assert.deepEqual(of('/usr/bin/python3 /opt/KristaBackup/KristaBackup.py'), [['/opt/KristaBackup/KristaBackup.py', undefined]])
    assert.deepEqual(of("/opt/holdfast/holdfast -q -f '/etc/a b.yaml'"), [['/opt/holdfast/holdfast', '/etc/a b.yaml']])
    assert.deepEqual(of('/usr/bin/test $(date "+\\%u") -eq 7 && A=1 nice -n 5 /opt/holdfast --file=/x.yaml'), [['/opt/holdfast', '/x.yaml']])
    assert.deepEqual(of('docker'), [['docker', undefined]])
  })

  it('is unchanged after adding and removing an entry, for any text', () => {
    const texts = fc
      .array(
        fc.oneof(
          fc.constantFrom(...HOSTILE),
          fc.string({ unit: 'binary-ascii' }).map((it) => it.replaceAll('\n', '')),
        ),
      )
      .map((lines) => lines.map((it) => `${it}\n`).join(''))
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(withoutEntries(withEntry(text, 'weekly', line), 'weekly'), text)
      }),
    )
  })
})
