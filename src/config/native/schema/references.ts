/** How secrets are referred to, for messages and descriptions. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the form itself
export const REFERENCES = '${env:NAME}, ${file:/path} or ${credential:NAME}'
export const REFER_HINT = `Refer to it: ${REFERENCES}.`

/** What to do about an address that is spoken to without encryption. */
export const HTTPS_HINT = 'Write "https://", if the server can do it.'
