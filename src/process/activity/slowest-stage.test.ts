import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { slowestOf } from './slowest-stage.ts'

type Place = Parameters<typeof slowestOf>[0][number]

const place = (of: Partial<Place> = {}): Place => ({ hasEnded: false, ...of })
const storage = place()

describe('slowestOf', () => {
  it('finds the stage that uses its core, also without knowing what the others wait for', () => {
    assert.equal(slowestOf([place({ cores: 0.2, blocked: 0.9 }), place({ cores: 1 }), place({ cores: 0.05, starved: 0.9 }), storage]), 1)
    assert.equal(slowestOf([place({ cores: 0.2 }), place({ cores: 1 }), place({ cores: 0.05 }), storage]), 1)
    assert.equal(slowestOf([place({ cores: 0.3 }), place({ cores: 7.5 }), storage]), 1)
  })

  it('finds the one that waits for something outside of the pipeline', () => {
    assert.equal(slowestOf([place({ cores: 0.02, blocked: 0 }), place({ cores: 0.1, starved: 0.95, blocked: 0 }), storage]), 0)
    assert.equal(slowestOf([place({ blocked: 1 }), place({ cores: 0 }), place({ starved: 1 }), storage]), 1)
  })

  it('finds the storage, by its writer or without one', () => {
    assert.equal(slowestOf([place({ blocked: 1 }), place({ blocked: 0.9, cores: 0.1, starved: 0.1 }), storage]), 2)
    assert.equal(slowestOf([place({ blocked: 1 }), place({ cores: 0.01, starved: 0, blocked: 0 })]), 1)
  })

  it('passes over stages that have ended', () => {
    assert.equal(slowestOf([place({ hasEnded: true }), place({ cores: 0.9 }), storage]), 1)
  })

  it('names none if it is not clear', () => {
    assert.equal(slowestOf([place({ cores: 0.5 }), place({ cores: 0.6 }), storage]), undefined)
    assert.equal(slowestOf([place(), place(), storage]), undefined)
    assert.equal(slowestOf([]), undefined)
    assert.equal(slowestOf([place({ hasEnded: true }), place({ hasEnded: true })]), undefined)
  })
})
