/** How secrets are referred to, for messages and descriptions. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the form itself
export const REFERENCES = '${env:NAME}, ${file:/path} or ${credential:NAME}'
export const REFER_HINT = `Refer to it: ${REFERENCES}.`
