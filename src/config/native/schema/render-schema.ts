import { z } from 'zod'
import { zodOf } from '../form/zod-form.ts'
import { nativeSchema } from './schema.ts'

/** A JSON Schema (draft 7, which editors support best). */
export function renderNativeSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(zodOf(nativeSchema), { target: 'draft-7', io: 'input' }), undefined, 2)}\n`
}
