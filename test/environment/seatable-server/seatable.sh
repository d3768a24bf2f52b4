#!/bin/bash
# Stands in for the seatable.sh of a SeaTable server: the same verbs, outputs and exit codes, and the same habit of
# restarting everything at a verb that it does not know. How it behaves is read from /opt/seatable/mode.

data=$(cat /opt/seatable/data-dir)
mode=$(cat /opt/seatable/mode)
# Where the storage server is told to keep its files.
storage=$(sed -n 's/^path *= *//p' "$data/conf/dtable-storage-server.conf" 2> /dev/null)
storage=${STORAGE_SERVER_FS_PATH:-${storage:-/opt/seatable/storage-data}}
storage=${storage/#\/opt\/seatable\//$data/}
echo "${1:-(none)}" >> /opt/seatable/calls

function say() {
    echo "[$(date '+%Y-%m-%d %H:%M:%S.%6N')] $1"
}

function stop_server() {
    pkill -9 -f server-info.pl
}

function start_server() {
    stop_server
    echo started >> /opt/seatable/service-starts
    setsid perl /opt/seatable/server-info.pl < /dev/null > /dev/null 2>&1 &
    echo
    echo "SeaTable started"
    echo
}

# What dtable-db does: a backup of every base goes to the storage server.
function copy_bases() {
    mkdir -p "$2"
    local base
    for base in "$1"/*; do
        # A base that dtable-db has already is not brought back.
        [ -d "$base" ] && [ ! "$3" -o ! -e "$2/${base##*/}" ] && cp -a "$base" "$2/"
    done
    true
}

function answer() {
    local what=$1
    say "Start ${what,} all bases."
    case $mode in
    failing)
        say "$what all bases error: HTTPConnectionPool(host='127.0.0.1', port=7777): Max retries exceeded with url: /api/v1/${what,}-all?from=dtable_web, cost 0:00:00.004512."
        ;;
    hanging)
        sleep 86400
        ;;
    *)
        "$2" "$3" "$4" "$5"
        say "$what all bases success, response: {'success': True}, cost 0:00:00.041873."
        ;;
    esac
    say "Finish ${what,} all bases.
"
}

function backup_all() {
    answer Backup copy_bases "$data/db-data" "$storage/dtable-db-backups" ''
}

function restore_all() {
    answer Restore copy_bases "$storage/dtable-db-backups" "$data/db-data" keep
}

case $1 in
"start")
    start_server
    ;;
"stop")
    stop_server
    ;;
"gc")
    ;;
"backup-all")
    backup_all
    ;;
"restore-all")
    restore_all
    ;;
*)
    start_server
    ;;
esac
