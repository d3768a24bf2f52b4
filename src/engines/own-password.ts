/**
 * A piece of a shell script: gives a variable the password that the official images were told, in their variables or in a
 * file that these name. Empty when they were told none.
 */
export const ownPasswordInto = (
  variable: string,
): string => `${variable}="\${MARIADB_ROOT_PASSWORD:-\${MYSQL_ROOT_PASSWORD:-}}"
  file="\${MARIADB_ROOT_PASSWORD_FILE:-\${MYSQL_ROOT_PASSWORD_FILE:-}}"
  if [ -z "$${variable}" ] && [ -n "$file" ]; then ${variable}="$(cat "$file")"; fi`
