import { Document, isSeq, parseDocument } from 'yaml'
import type { Report } from '../../document/issue-report.ts'
import { readDocument } from './yaml/read-document.ts'
import { itemsOf, memberOf, membersOf, type Value } from './yaml/value.ts'

/** A user of the ancestor's web pages, as `users.yaml` has it. */
export interface KristaUser {
  readonly name: string
  readonly email: string
  /** As Werkzeug writes it. */
  readonly hash: string
  readonly isAdmin: boolean
}

/** Reads `users.yaml`. A user without one of its three keys is reported and omitted. */
export function readUsersFile(file: string, bytes: Uint8Array, report: Report): readonly KristaUser[] {
  const top = readDocument(file, bytes, report)
  return membersOf(memberOf(top, 'users')).flatMap((user) => {
    const [email, hash, isAdmin] = ['email', 'pass', 'adm'].map((key) => textOf(memberOf(user, key)))
    if (email !== undefined && hash !== undefined && isAdmin !== undefined) return [{ name: user.key, email, hash, isAdmin: isAdmin === 'True' }]
    report.warn(user, 'the user has no "email", "pass" or "adm", and is ignored', 'Add the missing key.')
    return []
  })
}

/** Reads the addresses in `servers.yaml`, each once. */
export function readServersFile(file: string, bytes: Uint8Array, report: Report): readonly string[] {
  const top = readDocument(file, bytes, report)
  return [...new Set(itemsOf(memberOf(top, 'servers')).flatMap((item) => textOf(item) ?? []))]
}

/** The text of `servers.yaml` with just these addresses; comments, and what stays, as they were. */
export function renderServersFile(text: string, urls: readonly string[]): string {
  const parsed = parseDocument(text)
  const document = parsed.errors.length > 0 || text.trim() === '' ? new Document({ servers: [] }) : parsed
  const list = document.get('servers')
  if (!isSeq(list)) document.set('servers', document.createNode(urls))
  else {
    const present = list.items.map((item) => String((item as { readonly value?: unknown } | null)?.value ?? item))
    for (let index = present.length - 1; index >= 0; index -= 1) if (!urls.includes(present[index] ?? '')) list.delete(index)
    for (const url of urls) if (!present.includes(url)) list.add(url)
  }
  return document.toString()
}

function textOf(value: Value | undefined): string | undefined {
  return value?.node.kind === 'scalar' && value.node.type !== 'null' ? value.node.text : undefined
}
