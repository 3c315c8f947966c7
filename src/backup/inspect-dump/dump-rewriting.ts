import { type OwnerStatement, ownerStatement } from './dump-owners.ts'
import type { DumpKind } from './dump-tokens.ts'
import { definerOf, isSelfContainedView } from './self-contained-view.ts'

/** What an account without privileges cannot do is removed from a dump, to be done by the login afterwards. */
export interface Rewriting {
  readonly replace: (text: string, source: string) => string
  readonly owners: readonly OwnerStatement[]
  /** The definers of views, as clauses, by the name of the view. */
  readonly definers: ReadonlyMap<string, string>
}

// Written by old versions of pg_dump; the extension belongs to the superuser who created the cluster.
const COMMENT_ON_LANGUAGE = /^COMMENT\s+ON\s+EXTENSION\s+plpgsql\s/iu

export function newRewriting(kind: DumpKind): Rewriting {
  const owners: OwnerStatement[] = []
  const definers = new Map<string, string>()
  return {
    owners,
    definers,
    replace(text, source) {
      if (kind === 'mariadb') {
        const view = isSelfContainedView(text) ? definerOf(text) : undefined
        if (view === undefined) return source
        definers.set(view.name, view.clause)
        return source.replace(view.pattern, ' ')
      }
      const owner = ownerStatement(text)
      if (owner !== undefined) owners.push(owner)
      return owner !== undefined || COMMENT_ON_LANGUAGE.test(text) ? '' : source
    },
  }
}
