import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

// Texts for people, comments among them, are written in standard terms (CONTRIBUTING.md, "Texts for people"). What is listed here was used once and is not to come back.

type Retired = readonly (readonly [phrase: RegExp, instead: string])[]

const RETIRED: Retired = [
  [/\bNot said:/u, 'Default:'],
  [/when nothing is said|when not said\b/u, '(default)'],
  [/\bit is not said\b|\bis not said\b/u, 'missing …'],
  [/\bis none of\b/u, 'expected one of …'],
  [/^there (?:is|are) no |: there (?:is|are) no /u, 'unknown …, … not found'],
  [/" is no (?!longer)[a-z]/u, 'invalid …'],
  [/\bis nothing$/u, 'unknown …'],
  [/\bcannot be spoken to\b/u, 'could not connect to …'],
  [/\bcannot stand (?:here|in)\b/u, 'cannot be used in …, invalid …'],
  [/\bis there twice\b/u, 'duplicate …'],
  [/\bin a circle\b/u, 'in a cycle, circular …'],
  [/\bexclude each other\b/u, 'cannot be combined'],
  [/^There (?:is|are): |\bKnown are\b/u, 'Valid …: , Available …:'],
  [/\b(?:are|is) expected, not\b/u, 'expected …, found …'],
  [/\bdone in part\b|\bworks again\b|\bended? well\b/u, 'succeeded, partially succeeded, recovered'],
  [/\b(?:is|are|was|were) told\b|\btold of\b|\btells\b/u, 'is printed, reported, notified'],
  [/\bshall\b/u, 'must, is to'],
  [/\bkindest\b/u, 'lowest priority'],
  [/burns down/u, 'in a safe place'],
  [/what stands against/u, 'conflicts'],
  [/\bbytes in a second\b/u, 'bytes per second'],
  [/\btruth value\b/u, 'boolean'],
  [/\bwithout us\b|\bthrough us\b|\bbeside us\b|\bfor us\b|\bby us\b/u, 'Holdfast, the program'],
  [/\bwhoever\b|\bnobody else's\b/iu, 'a user who, users with …'],
  [/\bSee to the\b|\bSet the clock right\b/u, 'Check …, Correct …'],
  [/\bNever is\b/u, '… is never'],
  [/\bis (?:there|running) already\b/u, 'already exists, is already running'],
  [/\b(?:breaks|broke) off\b/u, 'is truncated, ended unexpectedly'],
  [/\bnobody (?:answers|knows)\b/u, 'connection refused, no answer from …, unknown'],
  [/\bgave up\b/u, 'could not … in time'],
  [/\bSee whether\b|\bLook (?:at|whether|who)\b/u, 'Check …'],
  [/(?<![-/])\b(?:we|us|our)\b(?!-)/u, 'Holdfast, the program, custom'],
  [/\b(?:he|him|his)\b/u, 'the user, the attacker'],
  [/\bsomebody\b|\banybody\b/iu, 'another user, any user'],
  [/\btold \w| told\b/u, 'printed, reported, notified'],
  [/\bon (?:its|their) way\b|\bin the making\b/u, 'in transit, unfinished, being removed'],
  [/\bnot there yet\b|\bthere it is\b/iu, 'missing, new, found'],
  [/\bstands (?:in|for|above|below|against|still)\b|\blies? (?:in|below|beside|there)\b/u, 'is in, is stored in, conflicts, stalls'],
  [/\bbears?\b/u, 'has, contains'],
  [/\btakes? (?:it|them) for\b|\btaken for\b/u, 'treats as, considers'],
  [/\bswapped\b/u, 'replaced'],
  [/\bwhat (?:comes|came|is there|stands|goes|lies)\b/iu, 'a noun'],
  [/\bstays? away\b|\bkept away\b|\bas ever\b/u, 'is missing, is not …, as usual'],
  [/\bcame too late\b|\bAgain when\b|\bLook again\b|\bGiven up\b/u, 'Revisit when, Cost'],
  [/\bcould not talk to\b/u, 'could not connect to …'],
  [/\bis for something else\b/u, 'does not have the scope …'],
  [/\b(?:lines|timers) start nothing\b|\b(?:is|are) run by nothing\b/u, 'is not executed, is not started'],
  [/\brebuilds no\b/u, 'does not rebuild …'],
  [/\bNothing half\b/u, 'no incomplete set'],
  [/\bis one of the kernel\b|\bfind out in what\b/u, 'the kernel …, … shows in which operation'],
  [/\bmust answer something\b|\basks a restored\b/u, 'must return a value, examines …'],
  [/\bof your own\b/u, 'custom, your …'],
  [/\bthat helped\b/u, 'that was restored'],
  [/\bcomplete or not there\b/u, 'complete or absent'],
  [/\bthrow-?away\b/iu, 'temporary'],
  [/\b(?:timers?|units?) of systemd\b/iu, 'a systemd timer, a systemd unit'],
  [/\b(?:keys?|recipients) of (?:GnuPG|age|Ed25519)\b/u, 'a GnuPG key, an age recipient'],
  [/\bconfigurations? of (?:PALHM|KristaBackup)\b/u, 'a PALHM configuration'],
  [/\bhas no room\b/u, 'not enough space in …'],
  [/\bcan write it\b|\bcould write the set\b/u, 'can write to …, has write access'],
]

/** Only in messages, documents and the like; precise in comments. */
const RETIRED_IN_TEXTS: Retired = [
  ...RETIRED,
  [/\bleft over\b/u, 'remaining, remains'],
  [/\bsays? so\b/u, 'reports this'],
  [/\bwithout (?:an )?end\b/u, 'endless'],
]

/** Only in comments; correct in other texts. */
const RETIRED_IN_COMMENTS: Retired = [
  ...RETIRED,
  [/\bnobody\b/iu, 'no user, no caller'],
  [/\bwish(?:es)?\b|\bdeeds?\b|\baskers?\b/iu, 'request, action, caller'],
  [/\bwho asks\b|\bmay ask\b/iu, 'the caller, has permission'],
  [/\bwhat (?:is|was) (?:asked|known|told|shown|done)\b/iu, 'request, facts, displayed rows, action'],
  [/\bthe address says\b/iu, 'search parameters'],
  [/\blooked (?:at|through|into)\b/iu, 'checked, read'],
  [/\b(?:as|how) (?:\w+ ){1,2}stands?\b/iu, 'the current …, the state of …, unchanged'],
  [/\bwithout a word\b|\bas it could be typed\b|\btaken over\b/iu, 'without a message, as typed in a shell, imported'],
  [/\bgo(?:es|ing)? on\b/iu, 'continues, is in progress'],
]

interface Text {
  readonly line: number
  readonly text: string
}

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** The string literals and the fixed parts of templates of a module. */
function textsOf(file: string, source: string): readonly Text[] {
  const texts: Text[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const it of node) visit(it)
    if (typeof node !== 'object' || node === null || !('type' in node)) return
    const { type, value, start } = node as { readonly type: string; readonly value?: unknown; readonly start: number }
    const line = () => source.slice(0, start).split('\n').length
    if (type === 'Literal' && typeof value === 'string') texts.push({ line: line(), text: value })
    if (type === 'TemplateElement') texts.push({ line: line(), text: (value as { cooked: string }).cooked })
    for (const child of Object.values(node)) visit(child)
  }
  visit(parseSync(file, source).program)
  return texts
}

/** The comments of a module, without the code that they quote. */
function commentsOf(file: string, source: string): readonly Text[] {
  const { comments } = parseSync(file, source)
  return comments.map(({ start, value }) => ({
    line: source.slice(0, start).split('\n').length,
    text: value
      .replaceAll(/`[^`]*`/gu, '`…`')
      .replaceAll(/\s*\n\s*\*?\s*/gu, ' ')
      .trim(),
  }))
}

const linesOf = (source: string): readonly Text[] => source.split('\n').map((text, index) => ({ line: index + 1, text }))

const sourceOf = (file: string): string => readFileSync(checkout + file, 'utf8')

function retiredIn(file: string, texts: readonly Text[], retired: Retired): readonly string[] {
  return texts.flatMap(({ line, text }) =>
    retired
      .filter(([phrase]) => phrase.test(text))
      .map(([phrase, instead]) => `${file}:${line}: "${phrase.exec(text)?.[0]}": write "${instead}" (${text.trim()})`),
  )
}

describe('texts for users', () => {
  const modules = globSync(['src/**/*.ts', 'tools/*.ts'], { cwd: checkout }).filter((it) => !/\.test\.ts$|\.suite\.ts$/u.test(it))
  const documents = globSync(
    [
      '{README,ARCHITECTURE,SECURITY}.md',
      'docs/**/*.md',
      'changelog/**/*.md',
      'examples/**/*.{yaml,jsonc,service,timer}',
      'share/{cron,init,systemd,zabbix}/*',
    ],
    { cwd: checkout },
  )

  const commented = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: checkout }).filter((it) => !/\.test\.ts$|\.suite\.ts$/u.test(it))

  for (const [title, files, textsIn, retired] of [
    ['of the program', modules, textsOf, RETIRED_IN_TEXTS],
    ['of documents, examples and units', documents, (_: string, source: string) => linesOf(source), RETIRED_IN_TEXTS],
    ['in comments', commented, commentsOf, RETIRED_IN_COMMENTS],
  ] as const)
    it(`${title} have none of the retired phrases`, () => {
      assert.ok(files.length > 20, 'the files are found')
      assert.deepEqual(
        files.flatMap((file) => retiredIn(file, textsIn(file, sourceOf(file)), retired)),
        [],
      )
    })
})
