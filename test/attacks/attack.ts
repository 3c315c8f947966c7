import { it, type TestContext } from 'node:test'
import { requires } from '../support/requires.ts'
import { leftOut } from '../support/some-of.ts'

/** A row of `docs/proofs/attacks.md`: plain sentences without a full stop. */
export interface Attack {
  /** What is attacked, and the test's name; unique in its file: `the staging folder of a restore is swapped for a link`. */
  readonly name: string
  /** The attacker: `a local user who owns the destination`, `a hostile store`, `the owner of a dumped database`, `a killed run`. */
  readonly attacker: string
  /** What the attacker does, as in the test. */
  readonly how: string
  /** The result, as asserted by the test. */
  readonly outcome: string
  /** What the test needs: `root`, `strace`, programs. In CI it fails where they are missing, elsewhere it skips itself. By default root. */
  readonly needs?: readonly string[]
}

/** Declares an attack: a test of `node:test`, and its row in the table, in the chapter named after its file. */
export function attack(row: Attack, body: (t: TestContext) => void | Promise<void>): void {
  if (declared !== undefined) declared.push(row)
  else it(row.name, { skip: requires(...(row.needs ?? ['root'])) || leftOut(row.name) }, body)
}

/** Where rows go while the table is made: no test runs then. */
let declared: Attack[] | undefined

/** From now on attacks are put into these rows, and are no tests. */
export function onlyDeclareInto(rows: Attack[]): void {
  declared = rows
}
