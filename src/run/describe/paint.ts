/** Colours of texts for people: each gives the text as it is to be printed. */
export interface Paint {
  error(text: string): string
  notice(text: string): string
  faint(text: string): string
}

/** No colours: for what is kept. */
export const PLAIN: Paint = { error: (text) => text, notice: (text) => text, faint: (text) => text }
