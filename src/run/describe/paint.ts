/** Colors of texts for users: each function returns the text as printed. */
export interface Paint {
  error(text: string): string
  notice(text: string): string
  faint(text: string): string
}

/** Without colors, for stored texts. */
export const PLAIN: Paint = { error: (text) => text, notice: (text) => text, faint: (text) => text }
