/** Names of variables whose value must never be shown; the ones that name a file or a command are no secrets. */
const secretName = /(PASSWORD|PASSWD|SECRET|TOKEN|_KEY$|_PASS$|_SAS$|ACCOUNT_KEY)/
const openName = /(_FILE|_COMMAND|_PATH|_HINT)$/

/** Whether the value of a variable of this name must not be shown. */
export const isSecretName = (name: string): boolean => secretName.test(name) && !openName.test(name)

/** Shorter values would blot out words of every message, and restic prints no password by itself. */
const shortestSecret = 6

/**
 * The same text without `user:password@` of any URL in it and without the value of any secret of `environment`.
 * restic masks passwords in the URLs of most messages, but not in those about a URL it cannot parse.
 */
export const maskSecrets = (text: string, environment: Readonly<Record<string, string>>): string => {
  const secrets = Object.entries(environment)
    .filter(([name, value]) => isSecretName(name) && value.length >= shortestSecret)
    .map(([, value]) => value)
    .sort((one, other) => other.length - one.length)
  const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return withoutCredentials(masked)
}

/** The same text without `user:password@` of any URL in it. */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1***@')
    // The beginning of a password that holds a slash is what Go takes for the port.
    .replace(/invalid port "[^"]*"/g, 'invalid port')
    .replace(/(parse "[a-z0-9+.-]+:\/\/)[^"\s]*@/gi, '$1***@')
