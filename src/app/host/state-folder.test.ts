import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { describe, it } from 'node:test'
import { stateFolder } from './state-folder.ts'

describe('stateFolder', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, number, string])[] = [
    ['what is asked for comes first', { HOLDFAST_STATE: '/x', XDG_STATE_HOME: '/y', HOME: '/h' }, 0, '/x'],
    ['a relative wish is taken from here', { HOLDFAST_STATE: 'x' }, 0, `${process.cwd()}/x`],
    ['an empty wish is none', { HOLDFAST_STATE: '' }, 0, '/var/lib/holdfast'],
    ['root has one place', { XDG_STATE_HOME: '/y', HOME: '/h' }, 0, '/var/lib/holdfast'],
    ['others have their own', { XDG_STATE_HOME: '/y', HOME: '/h' }, 1000, '/y/holdfast'],
    ['the specification ignores a relative one', { XDG_STATE_HOME: 'y', HOME: '/h' }, 1000, '/h/.local/state/holdfast'],
    ['so does it for HOME', { HOME: 'h' }, 1000, `${userInfo().homedir}/.local/state/holdfast`],
    ['without HOME the password file knows', {}, 1000, `${userInfo().homedir}/.local/state/holdfast`],
  ]
  for (const [title, env, uid, folder] of cases) it(title, () => assert.equal(stateFolder(env, uid), folder))
})
