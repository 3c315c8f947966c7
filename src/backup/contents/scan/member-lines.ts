import { memberLine } from '../../../process/pipes/listed-members.ts'
import { ownerName, type PaxRecords, pathIn, type TarHeader, targetIn, unpackedBytes } from './read-tar-header.ts'

const TYPES: ReadonlyMap<string, string> = new Map(Object.entries({ '1': 'h', '2': 'l', '3': 'c', '4': 'b', '5': 'd', '6': 'p', '7': 'C', D: 'd' }))
// The first second after the year 9999.
const END = 253_402_300_800

/** The line of a member in the list of which the digest is recorded, as Latin-1: that which GNU tar has listed while it wrote the archive. */
export function lineOfMember(header: TarHeader, pax: PaxRecords): string {
  const type = TYPES.get(header.type) ?? '-'
  const target = targetIn(header, pax).toString('latin1')
  const path = pathIn(header, pax).toString('latin1')
  return memberLine({
    modes: type + permissions(header.mode),
    owner: (['owner', 'group'] as const).map((it) => ownerName(header, pax, it).toString('latin1')).join('/'),
    size: /[-C]/u.test(type) ? String(unpackedBytes(header, pax)) : /[cb]/u.test(type) ? header.device.join(',') : '0',
    date: dateOf(pax.get('mtime')?.toString('latin1') ?? String(header.modified)),
    name: type === 'l' ? `${path} -> ${target}` : type === 'h' ? `${path} link to ${target}` : path,
  })
}

/** As `ls -l` shows them. */
function permissions(mode: number): string {
  return three(mode >> 6, mode & 0o4000 ? 's' : '') + three(mode >> 3, mode & 0o2000 ? 's' : '') + three(mode, mode & 0o1000 ? 't' : '')
}

/** `special`: the letter in place of the last one, if there is one. */
function three(bits: number, special: string): string {
  const last = bits & 1 ? special || 'x' : special.toUpperCase() || '-'
  return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`
}

function dateOf(seconds: string): string | undefined {
  const { whole = '', digits = '' } = /^(?<whole>\d+)(?:\.(?<digits>\d*))?$/u.exec(seconds)?.groups ?? {}
  if (whole === '' || Number(whole) >= END) return undefined
  const fraction = digits.slice(0, 9).replace(/0+$/u, '')
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return fraction === '' ? date : `${date}.${fraction}`
}
