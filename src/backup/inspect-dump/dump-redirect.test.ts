import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { redirectScript } from './dump-redirect.ts'

const redirected = (input: string) => spawnSync('sed', ['-E', redirectScript('mariadb')], { input, encoding: 'utf8' }).stdout

it('the line of MariaDB for the sandbox mode is removed, but only as the first one', () => {
  const rest = '-- MariaDB dump 10.19\nINSERT INTO `t` VALUES (1);\n'
  for (const first of ['/*M!999999\\- enable the sandbox mode */ ', '/*!999999\\- enable the sandbox mode */'])
    assert.equal(redirected(`${first}\n${rest}`), rest)
  const inside = `${rest}/*M!999999\\- enable the sandbox mode */\n`
  assert.equal(redirected(inside), inside)
})
