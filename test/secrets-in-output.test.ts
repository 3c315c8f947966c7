import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPlace, type Start } from './palhm/place.ts'
import { openHttpServer } from './support/http-server.ts'

const TOKEN = 'q7CANARY/w&rd+0123456789'
const PARTS = /CANARY|w&rd|0123456789|q7CAN|w%26rd/iu
const READ_WHOLE = 'printf "%s\\n" "$TOKEN"'
const IN_TWO_WRITES = 'printf %s "$TOKEN" | cut -c-9 | tr -d "\\n"; sleep 1; printf "%s\\n" "$TOKEN" | cut -c10-'
const OTHER_FORMS = `python3 -c '
import base64, json, os, sys, urllib.parse
t = os.environ["TOKEN"]
print(urllib.parse.quote(t, safe=""), base64.b64encode(("\\0me\\0" + t).encode()).decode(), json.dumps({"t": t}), file=sys.stderr)'`

const PLAIN = ['-vv', 'run', 't'] as const
const JSON_LINES = ['run', 't', '--json'] as const

function open(t: TestContext, script: string) {
  const place = openPlace(t)
  const secret = place.write('token', `${TOKEN}\n`)
  const environment = `{ TOKEN: "$\{file:${secret}}" }`
  const step = `exec: { argv: [/bin/sh, -c, ${JSON.stringify(script)}], environment: ${environment} }`
  const config = place.write('plan.yaml', `version: 1\ntasks:\n  t:\n    steps:\n      - ${step}\n`)
  const start = (args: readonly string[], how: Start = {}) => place.start(['-f', config, ...args], { as: 'holdfast', ...how })
  return { place, start }
}

/** All that a user can see of the run, and what is stored of it. */
async function seen({ place, start }: ReturnType<typeof open>, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await start(args)
  const kept = await Promise.all([start(['log']), start(['show']), start(['show', '--json'])])
  const state = join(place.top, 'state')
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const stored = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  return [stdout, stderr, ...kept.map((it) => it.stdout), ...stored].join('\n')
}

/** The forms in which nobody may see it. */
function assertHidden(text: string): void {
  const found = (it: string) => PARTS.exec(it)?.[0]
  assert.equal(found(text), undefined)
  for (const [digits] of text.matchAll(/[A-Za-z0-9+/=]{12,}/gu)) assert.equal(found(Buffer.from(digits, 'base64').toString('latin1')), undefined)
}

describe('secrets in the output of programs', { concurrency: 2 }, () => {
  for (const [what, args, script] of [
    ['written in pieces', PLAIN, `(${IN_TWO_WRITES}) >&2; exit 3`],
    ['cut by the limit of what is kept', JSON_LINES, `(${READ_WHOLE}; head -c 8177 /dev/zero | tr "\\0" x) >&2; exit 3`],
    ['at the limit of a line', PLAIN, `(head -c 16374 /dev/zero | tr "\\0" x; ${READ_WHOLE}) >&2; exit 3`],
    ['in other forms', JSON_LINES, `${OTHER_FORMS}; exit 3`],
    ['at the end of what was written', PLAIN, '(printf "so far %s" "$TOKEN") >&2; exit 3'],
  ] as const)
    it(`are hidden if ${what}`, async (t) => {
      const text = await seen(open(t, `echo begun >&2; ${script}`), args)
      for (const part of [/(?:^|")begun/mu, /exit code 3/u, /…/u]) assert.equal(part.test(text), true)
      assertHidden(text)
    })

  it('are hidden in what a step prints among the events of a run, which the web server stores', async (t) => {
    const { start } = open(t, `echo "begun, asking:"; ${READ_WHOLE}; printf "no end of line"`)
    const { stdout, stderr } = await start(['-q', 'run', 't', '--json'])
    assert.equal(stderr, 'begun, asking:\n…\nno end of line')
    assertHidden(stdout)
    assert.ok((await start(['run', 't'])).stdout.includes(TOKEN))
  })

  it('are hidden in an answer to a notification that is cut', async (t) => {
    const answer = () => ({ status: 404, body: `<p>nothing at /${'x'.repeat(165)}/${TOKEN}/ here</p>` })
    const server = await openHttpServer(t, answer)
    const place = openPlace(t)
    const notifiers = `notifiers: { ops: { type: webhook, url: "${server.url}/$\{env:TOKEN}", retries: 0 } }\nnotify: { to: ops, on: always }`
    const config = place.write('plan.yaml', `version: 1\n${notifiers}\ntasks: { t: { steps: [ { exec: ['true'] } ] } }\n`)
    const start = (args: readonly string[]) => place.start(['-f', config, ...args], { as: 'holdfast', env: { TOKEN } })
    const texts = [await start(['run', 't']), await start(['log']), await start(['notify', 'test'])].map(({ stdout, stderr }) => stdout + stderr)
    assert.match(texts[0] ?? '', /returned 404: <p>nothing at/u)
    for (const text of texts) assertHidden(text)
  })

  it('are hidden in the answer of a check', async (t) => {
    const place = openPlace(t)
    const check = `exec: { argv: [/bin/sh, -c, 'echo "OK $TOKEN | a=1"'], environment: { TOKEN: "${TOKEN}" } }`
    const config = place.write('plan.yaml', `version: 1\nchecks: { c: { ${check} } }\ntasks: { t: { steps: [ { check: { ${check} } } ] } }\n`)
    for (const args of [['check', 'c'], ['check', 'c', '--json'], ['-v', 'run', 't'], ['log']]) {
      const { stdout, stderr } = await place.start(['-f', config, ...args], { as: 'holdfast' })
      assert.match(stdout + stderr, /…/u, args.join(' '))
      assertHidden(stdout + stderr)
    }
  })
})
