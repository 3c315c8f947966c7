import assert from 'node:assert/strict'
import { fstatSync } from 'node:fs'
import { it } from 'node:test'
import { forJournal } from './journal-output.ts'
import type { Output } from './output.ts'

it('gives lines their priority, in the journal only', () => {
  let text = ''
  const plain = { write: (it: string) => (text += it) } as unknown as Output
  const { dev, ino } = fstatSync(2, { bigint: true })
  const written = (stream: string | undefined) => {
    text = ''
    const output = forJournal(plain, 2, stream)
    output.write('t: step 1 of 1\nwarning: odd\nnote: x\n')
    output.write('error: could not read "x"\n  hint: Look.\n\nt: failed\n')
    return text
  }
  assert.equal(
    written(`${dev}:${ino}`),
    '<6>t: step 1 of 1\n<4>warning: odd\n<5>note: x\n<3>error: could not read "x"\n<3>  hint: Look.\n\n<6>t: failed\n',
  )
  for (const other of [undefined, `${dev}:${ino + 1n}`]) assert.doesNotMatch(written(other), /</u)
})
