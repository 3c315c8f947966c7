import type { Random } from '../support/mutations.ts'

/** One way to spoil an object. Undefined: it cannot be applied to this one. */
export interface Mutation {
  readonly name: string
  /** How many mutants are made of it. */
  readonly count: number
  mutate(original: Buffer, random: Random): Buffer | undefined
}

const join = (...parts: readonly Buffer[]) => Buffer.concat(parts)

function flipBit(original: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(original)
  const at = random(original.length)
  flipped[at] = (flipped[at] ?? 0) ^ (1 << random(8))
  return flipped
}

const cut = (original: Buffer, random: Random) => original.subarray(0, random(original.length))

export const lose = (bytes: number) => (original: Buffer, random: Random) => {
  const at = random(Math.max(1, original.length - bytes))
  return join(original.subarray(0, at), original.subarray(at + bytes))
}

export function exchange(original: Buffer, bytes: number, random: Random): Buffer | undefined {
  const count = Math.floor(original.length / bytes)
  const [a, b] = [random(count), random(count)].toSorted((x, y) => x - y) as [number, number]
  const block = (index: number) => original.subarray(index * bytes, (index + 1) * bytes)
  if (a === b || block(a).equals(block(b))) return undefined
  const changed = Buffer.from(original)
  block(b).copy(changed, a * bytes)
  block(a).copy(changed, b * bytes)
  return changed
}

/** Of the lines between the first and the last of a text. */
function lines(change: (all: string[], random: Random) => readonly string[]): Mutation['mutate'] {
  return (original, random) => Buffer.from(change(original.toString('latin1').split('\n'), random).join('\n'), 'latin1')
}

const loseLine = lines((all, random) => all.toSpliced(random(all.length - 1), 1))
const exchangeLines = lines((all, random) => {
  const at = random(all.length - 2)
  return all.toSpliced(at, 2, all[at + 1] ?? '', all[at] ?? '')
})
/** What follows the last data is kept, so that the end mark is there. */
const cutBeforeEnd = lines((all, random) => {
  const from = random(Math.max(1, all.length - 12))
  return [...all.slice(0, from), ...all.slice(-10)]
})

export const COMMON: readonly Mutation[] = [
  { name: 'cut at a random byte', count: 40, mutate: cut },
  { name: 'a bit flipped', count: 60, mutate: flipBit },
  { name: 'empty', count: 1, mutate: () => Buffer.alloc(0) },
]

const TEXT: readonly Mutation[] = [
  ...COMMON,
  { name: 'cut at a line, with the end', count: 30, mutate: cutBeforeEnd },
  { name: '512 bytes lost', count: 30, mutate: lose(512) },
  { name: 'a line lost', count: 30, mutate: loseLine },
  { name: 'two lines exchanged', count: 20, mutate: exchangeLines },
]

/** The statement at a random place that begins like this, up to the end of its last line, is lost, or replaced. */
function statement(name: string, count: number, pattern: RegExp, put = ''): Mutation {
  return {
    name,
    count,
    mutate(original, random) {
      const text = original.toString('latin1')
      const all = [...text.matchAll(pattern)]
      const found = all[random(Math.max(1, all.length))]
      return found && Buffer.from(text.slice(0, found.index) + put + text.slice(found.index + found[0].length), 'latin1')
    },
  }
}

const OLDER = (older: Buffer): Mutation => ({ name: 'an older dump', count: 1, mutate: () => older })

export function postgresqlMutations(older: Buffer): readonly Mutation[] {
  return [
    ...TEXT,
    OLDER(older),
    statement('a table lost', 2, /^CREATE TABLE [^;]*;\n/gmu),
    statement('all rows of a table lost', 3, /(?<=^COPY [^\n]*FROM stdin;\n)(?:(?!\\\.)[^\n]*\n)+/gmu),
    statement('an index lost', 2, /^CREATE (?:UNIQUE )?INDEX [^;]*;\n/gmu),
    statement('a constraint lost', 3, /^ALTER TABLE ONLY [^;]*ADD CONSTRAINT [^;]*;\n/gmu),
    statement('the value of a sequence lost', 1, /^SELECT pg_catalog\.setval[^;]*;\n/gmu),
    statement('the encoding declared wrongly', 1, /^SET client_encoding = 'UTF8';\n/gmu, "SET client_encoding = 'LATIN1';\n"),
  ]
}

export function mariadbMutations(older: Buffer): readonly Mutation[] {
  return [
    ...TEXT,
    OLDER(older),
    statement('a table lost', 2, /^CREATE TABLE [^;]*;\n/gmu),
    statement('all rows of a table lost', 2, /^INSERT INTO [^;]*;\n/gmu),
    statement('an index lost', 2, /,\n {2}(?:KEY|UNIQUE KEY) [^\n,]*/gu),
    statement('a constraint lost', 1, /,\n {2}CONSTRAINT [^\n]*(?=\n\))/gu),
    statement('the encoding declared wrongly', 1, /utf8mb4/gu, 'latin1'),
    statement('the value of a sequence lost', 1, /^(?:SELECT|DO) SETVAL\([^;]*;\n/gmu),
  ]
}

export function ldapMutations(older: Buffer): readonly Mutation[] {
  return [...TEXT, OLDER(older), statement('an entry lost', 10, /^dn: (?!dc=)[^\n]*\n(?:[^\n]+\n)+\n/gmu)]
}

const PAGE = 4096

export function sqliteMutations(older: Buffer): readonly Mutation[] {
  return [
    ...COMMON,
    OLDER(older),
    { name: '512 bytes lost', count: 40, mutate: lose(512) },
    { name: 'a page of zeros', count: 45, mutate: zeroPage },
    { name: 'two pages exchanged', count: 45, mutate: (original, random) => exchange(original, PAGE, random) },
  ]
}

function zeroPage(original: Buffer, random: Random): Buffer | undefined {
  const changed = Buffer.from(original)
  changed.fill(0, 0, 0)
  const at = random(Math.floor(original.length / PAGE)) * PAGE
  changed.fill(0, at, at + PAGE)
  return changed.equals(original) ? undefined : changed
}

const BLOCK = 512

export function tarMutations(older: Buffer): readonly Mutation[] {
  return [
    ...COMMON,
    OLDER(older),
    { name: 'a block lost', count: 50, mutate: (original, random) => blockLost(original, random) },
    { name: 'two blocks exchanged', count: 70, mutate: (original, random) => exchange(original, BLOCK, random) },
    { name: 'a member lost', count: 20, mutate: memberLost },
    { name: 'the mode, owner, time or target of a member changed', count: 30, mutate: headerChanged },
    { name: 'the end of the archive lost', count: 1, mutate: (original) => original.subarray(0, lastData(original)) },
  ]
}

export function blockLost(original: Buffer, random: Random): Buffer {
  const at = random(Math.floor(lastData(original) / BLOCK)) * BLOCK
  return join(original.subarray(0, at), original.subarray(at + BLOCK))
}

/** The end of the last block that is not empty. */
export function lastData(archive: Buffer): number {
  let end = archive.length
  while (end > 0 && archive[end - 1] === 0) end -= 1
  return Math.ceil(end / BLOCK) * BLOCK
}

export interface Member {
  readonly from: number
  readonly to: number
  readonly header: number
  readonly type: string
}

/** Each with the extended header before it. */
export function membersOf(archive: Buffer): readonly Member[] {
  const members: Member[] = []
  let from = 0
  for (let at = 0; at < archive.length && archive[at] !== 0; ) {
    const header = at
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8)
    const type = String.fromCharCode(archive[at + 156] ?? 0)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'x') continue
    members.push({ from, to: at, header, type })
    from = at
  }
  return members
}

export function memberLost(original: Buffer, random: Random): Buffer | undefined {
  const members = membersOf(original)
  const member = members[random(members.length)]
  return member && join(original.subarray(0, member.from), original.subarray(member.to))
}

/** With the right checksum. Times are in the extended header. */
export function headerChanged(original: Buffer, random: Random): Buffer | undefined {
  const members = membersOf(original)
  const member = members[random(members.length)]
  if (member === undefined) return undefined
  const changed = Buffer.from(original)
  const time = original.subarray(member.from, member.header).indexOf('mtime=')
  // The last digit of the mode, the first letter of the user, of the group, or of the target of a link, the last digit of the seconds.
  const places = [106, 265, 297, ...('12'.includes(member.type) ? [157] : [])].map((it) => member.header + it)
  if (time !== -1) places.push(member.from + time + 15)
  const place = places[random(places.length)] ?? member.header
  changed[place] = (changed[place] ?? 0) ^ 1
  const header = changed.subarray(member.header, member.header + BLOCK)
  header.fill(0x20, 148, 156)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return changed
}
