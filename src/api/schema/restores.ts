import { z } from 'zod'

/** What is to come back, and where to. */
export const RestoreWish = z.object({
  task: z.string().max(512),
  /** A set's name, or `latest`. */
  set: z.string().max(128).default('latest'),
  storage: z.string().max(512).optional(),
  /** One object of it; absent: all. */
  object: z.string().max(4096).optional(),
  /** Only this member of an archive; a folder with all that is in it. */
  path: z.string().min(1).max(4096).optional(),
  /** A folder of this host that is missing or empty. */
  target: z.string().min(1).max(4096),
})
export type RestoreWish = z.infer<typeof RestoreWish>

export const RestoreCommand = z
  .object({
    argv: z.array(z.string()),
    /** For a shell: every word is quoted as far as it needs. */
    command: z.string(),
    /** The same by the plain tools of the system, as the set's guide describes it; null where there is no guide. */
    recipe: z.string().nullable(),
  })
  .meta({ id: 'RestoreCommand' })
export type RestoreCommand = z.infer<typeof RestoreCommand>
