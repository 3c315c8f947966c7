import { parentPort, workerData } from 'node:worker_threads'
import { copySet } from '../../src/backup/copy/copy-set.ts'
import { rotate } from '../../src/backup/keep/rotate.ts'
import { objectStoreSets } from '../../src/backup/object-store/object-store-sets.ts'
import { exploreAll, exploreSome } from './explore.ts'
import type { Exploration } from './explore-scene.ts'
import { SCENES } from './scenes.ts'

const { scene: title, deviations, rounds, seed } = workerData as Exploration
const code = { objectStoreSets, rotate, copySet }
const scene = SCENES.find((it) => it.title === title)
if (scene === undefined) throw new Error(`no scene is called "${title}"`)

const all = await exploreAll(scene, code, { deviations })
const some = await exploreSome(scene, code, { rounds, seed })
parentPort?.postMessage({ all, some })
