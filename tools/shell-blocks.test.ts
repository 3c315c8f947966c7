import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shellBlocks } from './shell-blocks.ts'

it('returns the blocks marked as sh, in order', () => {
  const text = '# Title\n```sh\na\n\nb\n```\ntext `sh` ```sh\n\n```\nplain\n```\n\n```text\nno\n```\n```sh\nc "```" d\n```\n'
  assert.deepEqual(shellBlocks(text), ['a\n\nb\n', 'c "```" d\n'])
  assert.deepEqual(shellBlocks('nothing'), [])
})
