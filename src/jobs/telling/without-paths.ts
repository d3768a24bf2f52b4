/** The same text without paths of this host, for those who only count runs. */
export const withoutPaths = (text: string): string => text.replace(/(^|[^\w/.~-])\/[^\s"',;:)]+/gm, '$1…')
