import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isInstalled } from '../support/lacks.ts'
import { skipHere } from '../support/requires.ts'
import type { Case, CaseRun, Scenery } from './cases.ts'
import { checkout, type Place } from './place.ts'
import { placed, readRecord } from './recorded.ts'

const recorded = join(checkout, 'test/golden/palhm/recorded')

/** What differs from host to host, and what is written in another way on purpose: the boot id stands there a second time, and times are plain text. */
function shapeOf(report: string): string {
  return report
    .replace(/^ {2}boot-id: .*\n/mu, '')
    .replace(/^(?<key> {2}bood-id: )[\da-f-]{36}$/mu, '$<key>ID')
    .replaceAll(/^(?<key> {2}uptime(?:-since)?: ).*$/gmu, '$<key>TIME')
    .replaceAll(/\bvm\b/gu, hostname())
}

/** The report is that on record, printed. */
function printed(why: string, name: string): Case {
  return {
    kind: 'match',
    why,
    stdout: [/^boot-report:$/mu],
    also: ({ ended }) => assert.equal(shapeOf(ended.stdout), shapeOf(readRecord(name).stdout)),
  }
}

function refused(why: string, stderr: RegExp): Case {
  return { kind: 'match', why, stderr }
}

function lines(text: string, pattern: RegExp): readonly string[] {
  return text.split('\n').filter((line) => pattern.test(line))
}

function seenBy(program: string, { place }: CaseRun): string {
  return readFileSync(join(place.run, `${program}.out`), 'utf8')
}

/** The program that is missing on record may be there on this host, and would send. */
const withoutMailx: Scenery = (place) => {
  const file = configOf(place, '17f-br-mailx-missing')
  writeFileSync(file, JSON.stringify({ 'boot-report': { mua: 'mailx', 'mail-to': ['root'], 'mua-param': { exec: '/no/such/mailx' } } }))
  return true
}

const withSnail: Scenery = (_place, _root, t) => {
  if (isInstalled('/bin/s-nail')) return true
  skipHere(t, 's-nail is not installed')
  return false
}

function configOf(place: Place, name: string): string {
  return placed(`@CONFIGS@/${name}.json`, place)
}

/** Cases about the report of the host's start. */
export const bootReportCases: Readonly<Record<string, Case>> = {
  '16e-br-only-include': printed('an included file alone configures it', '16e-br-only-include'),
  '17-br-stdout': printed('printed', '17-br-stdout'),
  '17-br-tz': printed('in another time zone', '17-br-tz'),
  '17c-br-bootid-false': {
    kind: 'differs',
    why: 'the key of the manual counts too',
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.match(ended.stdout, /^ {2}hostname: /mu)
      assert.doesNotMatch(ended.stdout, /boo[dt]-id/u)
    },
  },
  '17d-br-mailx-fake': {
    kind: 'match',
    why: 'what a mail program is given',
    also: (run) => assert.equal(shapeOf(seenBy('mailx', run)), shapeOf(readFileSync(join(recorded, '17d-br-mailx-fake/mailx-seen'), 'utf8'))),
  },
  '17f-br-mailx-missing': {
    kind: 'match',
    why: 'a mail program that is not there',
    scenery: withoutMailx,
    stderr: /could not start "\/no\/such\/mailx"/u,
  },
  '17g-br-bad-subst': refused('a subject that cannot be filled in', /unknown placeholder "\{nope\}"/u),
  '17h-br-bootwait': {
    kind: 'differs',
    why: 'the report of a start that did not go well is sent too',
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.match(ended.stdout, /^boot-report:$/mu)
    },
  },
  '17i-br-bootwait-unknown': refused('nothing else can be waited for', /unknown value "sysv"/u),
  '17j-br-delay-inf': refused('a delay without end', /delay/u),
  '17j-br-delay-nan': refused('a delay that is no number', /delay/u),
  '17j-br-delay-neg': refused('a delay below 0', /delay/u),
  '17j-br-delay-null': refused('no delay', /delay/u),
  '17j-br-delay-str': printed('a delay in a string', '17j-br-delay-str'),
  '17l-br-no-mailto': refused('recipients are needed', /missing required key "mail-to"/u),
  '17m-br-mailto-string': {
    kind: 'differs',
    why: 'a single string is one recipient',
    wanted: ({ ended }) => {
      assert.equal(ended.code, 0)
      assert.match(ended.stdout, /^Boot Report from .*\nroot\n\n# /u)
    },
  },
  '17n-br-sns-nomod': refused('SNS needs its module', /requires the module "aws"/u),
  '17p-br-snail': {
    kind: 'match',
    why: 'a real mail program',
    scenery: withSnail,
    also: (run) => {
      const mail = seenBy('sendmail', run)
      const wanted = readFileSync(join(recorded, '17p-br-snail/sendmail-seen'), 'utf8')
      for (const head of [/^args: /u, /^To: /u, /^Subject: /u]) assert.deepEqual(lines(shapeOf(mail), head), lines(shapeOf(wanted), head))
      const bodyOf = (text: string) => shapeOf(text.slice(text.indexOf('\n\n')).replaceAll('\r', ''))
      assert.equal(bodyOf(mail), bodyOf(wanted))
    },
  },
  '43-br-aws-sns': { kind: 'elsewhere', why: 'published to a server of ours, which asks for signatures, by the tests of SNS', loads: true },
}
