import type { Flavour } from './database-servers.ts'

/** What the log says at each start of a container. */
export const startedMessage = 'seatable-restic-test: started'

// Initialised once, as official images do: a later MYSQL_ROOT_PASSWORD changes nothing.
const setRootPassword = `quoted=$(printf '%s' "$MYSQL_ROOT_PASSWORD" | sed "s/['\\\\\\\\]/\\\\\\\\&/g")
  umask 077
  printf "ALTER USER root@localhost IDENTIFIED BY '%s';\\n" "$quoted" > /var/lib/mysql/init.sql
  chown mysql: /var/lib/mysql/init.sql
  set -- --init-file=/var/lib/mysql/init.sql "$@"`

const mariadb = `set -eu
binaries=$1
shift
case $binaries in
mariadb-only)
  for file in /usr/bin/mysql*; do
    case $(readlink "$file") in *mariadb*) rm "$file" ;; esac
  done ;;
mysql-only)
  for suffix in '' -admin -check -dump -import -show; do
    [ -e "/usr/bin/mariadb$suffix" ] || continue
    mv -f "/usr/bin/mariadb$suffix" "/usr/bin/mysql\${suffix#-}"
  done ;;
esac
mkdir -p /run/mysqld
chown mysql: /run/mysqld /var/lib/mysql
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --user=mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
  ${setRootPassword}
fi
echo '${startedMessage}'
exec mariadbd --user=mysql "$@"
`

// Debian's file with settings of the server would send the log to a file.
const mysql = `set -eu
shift
rm -f /etc/mysql/mysql.conf.d/mysqld.cnf
mkdir -p /run/mysqld
chown mysql: /run/mysqld /var/lib/mysql
set -- --user=mysql --secure-file-priv=NULL "$@"
server=mysqld
first=
if [ -d /opt/mysql ]; then
  server=/opt/mysql/bin/mysqld
  # Nothing may stand before it.
  first=--no-defaults
  set -- --basedir=/opt/mysql --lc-messages-dir=/opt/mysql/share --datadir=/var/lib/mysql \\
    --character-sets-dir=/opt/mysql/share/charsets --plugin-dir=/opt/mysql/lib/plugin \\
    --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/mysqld.pid "$@"
fi
if [ ! -d /var/lib/mysql/mysql ]; then
  "$server" $first "$@" --initialize-insecure
  ${setRootPassword}
fi
echo '${startedMessage}'
exec "$server" $first "$@"
`

/** For `sh -c`: the first argument says which client names to leave, the others are the server's. */
export const databaseEntrypoints: Readonly<Record<Flavour, string>> = { mariadb, mysql }
