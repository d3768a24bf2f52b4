# The arguments: seatable.sh, set-mode.sh, server-info.pl, data directory, mode, version, seconds to start, last message.
set -eu
# Kept in the container: a restart of it finds everything as it was.
if [ ! -e /opt/seatable/scripts ]; then
    mkdir -p /opt/seatable/scripts
    printf '%s' "$1" > /opt/seatable/seatable.sh
    printf '%s' "$2" > /opt/seatable/set-mode.sh
    printf '%s' "$3" > /opt/seatable/server-info.pl
    echo "$4" > /opt/seatable/data-dir
    echo "$6" > /opt/seatable/version
    echo "$7" > /opt/seatable/start-seconds
    sh /opt/seatable/set-mode.sh "$5"
fi
trap 'exit 0' TERM
/opt/seatable/scripts/seatable.sh start
echo "$8"
sleep infinity &
wait
