#!/bin/sh
# Runs a server that must not end before the services that use it, and not stay after them.
#   guard.sh LIFELINE COMMAND [ARGUMENT...]
# LIFELINE is a FIFO. Its writers are "baton up" and the services: when the last of them has ended, however it ended, the server is
# told to stop (SIGTERM). A SIGTERM to this script does the same. Exits as the server does.
lifeline=$1
shift
"$@" &
server=$!
trap 'kill -TERM "$server" 2>/dev/null' TERM
(
  read -r nothing <"$lifeline"
  kill -TERM "$server" 2>/dev/null
) &
watch=$!
wait "$server"
code=$?
# A trapped signal ends "wait" early.
while kill -0 "$server" 2>/dev/null; do
  wait "$server"
  code=$?
done
kill "$watch" 2>/dev/null
exit "$code"
