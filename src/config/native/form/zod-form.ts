import { z } from 'zod'
import type { Form } from './form.ts'

const made = new WeakMap<Form, z.ZodType>()

/** The form in Zod: once for each form, so that those with an identity are one in the JSON Schema. */
export function zodOf(form: Form): z.ZodType {
  const before = made.get(form)
  if (before) return before
  const now = form.inZod({ z, of: zodOf })
  made.set(form, now)
  return now
}
