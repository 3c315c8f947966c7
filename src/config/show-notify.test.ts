import assert from 'node:assert/strict'
import { it } from 'node:test'
import { planOf } from '../../test/support/native.ts'
import { renderPlan } from './show.ts'

it('shows settings of a mail program without the secrets in them', async () => {
  const settings = '[smtp-auth-password=CANARY, "password-me@h=CANARY", "mta=smtps://me:CANARY@h:465", "password = CANARY", "from=me"]'
  const shown = renderPlan(await planOf(`version: 1\ntasks: {}\nnotifiers: { m: { type: mail, to: a@b, settings: ${settings} } }\n`))
  assert.doesNotMatch(shown, /CANARY/u)
  for (const word of ['smtp-auth-password=…', 'smtps://me:…@h:465', '"from=me"']) assert.ok(shown.includes(word), shown)
})
