#!/usr/bin/env bash
# Installs the peers, all or those named, and prints which of them work and why the others do not. Packages of Debian that they need are
# installed where this is run by root on Debian. Needs bin/solverbench.
set -u
cd "$(dirname "$0")/../.."
solverbench=$PWD/bin/solverbench
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# missing PACKAGE... prints those that are not installed.
missing() {
	for package in "$@"; do
		dpkg -s "$package" > /dev/null 2>&1 || printf '%s ' "$package"
	done
}

# prepare DIR installs what the manifest says that Debian has, or says in $why what is missing.
prepare() {
	local wanted absent
	wanted=$(sed -n 's/^ *debian: *\[\(.*\)\].*/\1/p' "$1/plugin.yaml" | tr ',' ' ')
	[ -n "$wanted" ] || return 0
	command -v dpkg > /dev/null || return 0 # another system has them by other names
	# shellcheck disable=SC2086
	absent=$(missing $wanted)
	[ -n "$absent" ] || return 0
	why="needs the packages $absent(apt-get install, as root)"
	[ "$(id -u)" = 0 ] || return 1
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $absent > "$log" 2>&1 || {
		why="apt-get install $absent: $(tail -n 1 "$log")"
		return 1
	}
}

names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(cd plugins/peers && for d in */plugin.yaml; do dirname "$d"; done))
rows=()
failed=0
for name in "${names[@]}"; do
	dir=plugins/peers/$name
	printf '%s …\n' "$name" >&2
	if ! [ -f "$dir/plugin.yaml" ]; then
		why="there is no $dir/plugin.yaml"
	elif prepare "$dir" && { "$solverbench" plugin install --force "$dir" > "$log" 2>&1 || { why=$(tail -n 1 "$log"); false; }; }; then
		rows+=("$name|works|")
		continue
	fi
	failed=$((failed + 1))
	rows+=("$name|left out|$why")
done
printf '%s\n' "peer|state|why" "${rows[@]}" | awk -F '|' '{ printf "%-16s %-9s %s\n", $1, $2, $3 }'
[ "$failed" -lt ${#names[@]} ]
