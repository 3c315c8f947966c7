import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTab, startBrowser } from './browser.ts'
import { requires } from './requires.ts'
import { until } from './time-limits.ts'

const POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
const REFUSED = `data:text/html,${encodeURIComponent(`${POLICY}<img src="https://localhost/x.png"><script>1</script>`)}`

test('what the policy of any page refuses is a complaint, and closing the browser rejects', { skip: requires('chromium', 'root') }, async () => {
  const browser = await startBrowser()
  const quiet = await openTab(browser)
  await quiet.page.goto('data:text/html,quiet')
  const { context, page, complaints } = await openTab(browser)
  await page.goto('data:text/html,first')
  const second = await context.newPage()
  await second.goto(REFUSED)
  await until(() => complaints.length >= 2)
  assert.match(complaints.join('\n'), /img-src|default-src/u)
  assert.match(complaints.join('\n'), /script/u)
  assert.deepEqual(quiet.complaints, [])
  await assert.rejects(browser.close(), /Content Security Policy/u)
})
