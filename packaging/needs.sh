#!/bin/sh
# Prints the Python to use, or says in one sentence what this machine lacks. Runs before anything else.
probe='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
missing=''
python=''
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
    if "$name" -c "$probe" >/dev/null 2>&1; then
        python=$name
        break
    fi
done
[ -n "$python" ] || missing='Python 3.11 to 3.14 with its venv module (on Debian and Ubuntu: apt-get install python3 python3-venv)'
if ! command -v git >/dev/null 2>&1; then
    missing="${missing:+$missing, and }git (apt-get install git)"
fi
if [ -n "$missing" ]; then
    echo "Tillhouse cannot be installed yet: this machine lacks $missing." >&2
    exit 1
fi
echo "$python"
