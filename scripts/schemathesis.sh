#!/usr/bin/env bash
# Asks a running API whatever its own description allows, and what it does not: schemathesis, with a fixed seed.
# Fails where an answer is a server error or not what the description says. SEED=N for another seed, REQUESTS=N for so many
# requests at least, with as many seeds as they take.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${SEED:-19}
requests=${REQUESTS:-1}
# Of test cases for each operation, in each of two runs.
examples=${EXAMPLES:-100}
pedigree=${CARGO_TARGET_DIR:-target}/debug/pedigree
# Installed once for each list of versions.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/pedigree/schemathesis-$(sha256sum scripts/schemathesis.txt | cut -c1-12)

if [ ! -e "$tools/complete" ]; then
  echo "test-api: installing schemathesis to $tools" >&2
  rm -rf "$tools"
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r scripts/schemathesis.txt || {
    echo "test-api: pip cannot install scripts/schemathesis.txt: is a Python package registry reachable?" >&2
    exit 1
  }
  touch "$tools/complete"
fi

folder=$(mktemp -d)
chmod 711 "$folder"
touch "$folder/log"
"$pedigree" up --http 127.0.0.1:0 --data-dir "$folder/data" --limit 60 >"$folder/log" 2>&1 &
market=$!
stop() {
  kill "$market" 2>/dev/null || true
  wait "$market" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
until url=$(grep -oE '^ready .*' "$folder/log"); do
  kill -0 "$market" 2>/dev/null || {
    cat "$folder/log" >&2
    exit 1
  }
  sleep 0.5
done
url=${url#ready }

# Something of everything to find: a priced listing's order and a free one's receipt.
endpoints=$folder/data/endpoints.json
cli() { "$pedigree" "$@" --endpoints "$endpoints" --output json; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)'"$1"')'; }
echo '{"key":"model/priced","name":"priced"}' >"$folder/priced.json"
priced=$(cli listing register --wallet seller --key model/priced --kind model --name priced \
  --manifest "$folder/priced.json" --term mode=one_time,unit=copy,price=1000003 | field '["address"]')
cli listing activate "$priced" --wallet seller >"$folder/activated.json"
hash=$(field '["manifest_hash"]' <"$folder/activated.json")
opened=$(cli order open --listing "$priced")
order=$(field '["address"]' <<<"$opened")
buyer=$(field '["buyer"]' <<<"$opened")
seller=$(field '["seller"]' <<<"$opened")
slot=$(field '["slot"]' <<<"$opened")
until [ "$(cli index status | field '["slot"]')" -ge "$slot" ]; do sleep 0.1; done

# The stream is left out, as it never ends. What may be known by heart, an address or a cursor say, cannot be told from
# its description alone: what it allows may still be refused, never the other way round.
run() (
  # It keeps what it found in the current folder.
  cd "$folder"
  "$tools/bin/st" --config-file "$1.toml" run "$url/openapi.json" --exclude-path /v1/stream --seed "$seed" \
    --max-examples "$examples" --workers 2 --request-timeout 20 --generation-database none \
    --checks all --exclude-checks positive_data_acceptance --continue-on-failure | tee -a report
)
# Test cases so far, each a request, as the reports say.
sent() { sed -nE 's/^ *([0-9]+) generated.*/\1/p' "$folder/report" | awk '{ sum += $1 } END { print sum + 0 }'; }
# A slot that the index has not reached is a 503 by design.
cat >"$folder/any.toml" <<TOML
[[operations]]
include-path-regex = "^/v1/listings"
parameters = { "query.min_slot" = $slot }
TOML
cat >"$folder/known.toml" <<TOML
[[operations]]
include-path = "/v1/listings"
parameters = { "query.min_slot" = $slot, "query.unit" = "copy", "query.publisher" = "$seller" }
[[operations]]
include-path-regex = "^/v1/listings/"
parameters = { "path.address" = "$priced", "query.min_slot" = $slot }
[[operations]]
include-path-regex = "^/v1/publishers/"
parameters = { "path.address" = "$seller" }
[[operations]]
include-path-regex = "^/v1/(orders|accounts)/"
parameters = { "path.address" = "$order" }
[[operations]]
include-path = "/v1/orders"
parameters = { "query.listing" = "$priced", "query.seller" = "$seller", "query.buyer" = "$buyer" }
[[operations]]
include-path = "/v1/manifests/{hash}"
parameters = { "path.hash" = "$hash" }
[[operations]]
include-path = "/v1/quote"
parameters = { "query.listing" = "$priced" }
[[operations]]
include-path = "/v1/events"
parameters = { "query.after" = 1 }
TOML
touch "$folder/report"
while :; do
  run any
  run known
  [ "$(sent)" -lt "$requests" ] || break
  seed=$((seed + 1))
done
echo "test-api: $(sent) requests, seeds ${SEED:-19} to $seed"
