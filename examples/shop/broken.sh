#!/usr/bin/env bash
# Breaks each service of the shop in each way and proves that seam finds it: the
# exit code is 1 and a failed contract, expectation or finding names the edge.
# Usage: examples/shop/broken.sh   (needs bin/seam: make build)
set -euo pipefail
cd "$(dirname "$0")/../.."

seam=${SEAM:-bin/seam}
[ -x "$seam" ] || { echo "$seam is missing: run 'make build' first" >&2; exit 2; }
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# Every line: the variant, then the edges that must all be named.
variants() {
  cat <<'TABLE'
gateway=wrong-type      web->gateway
gateway=missing-field   web->gateway
gateway=wrong-status    web->gateway
gateway=no-context      gateway->orders gateway->stock
gateway=slow            entry->gateway
orders=wrong-type       gateway->orders
orders=missing-field    gateway->orders
orders=wrong-status     gateway->orders
orders=no-context       orders->stock orders->payments
orders=slow             gateway->orders
stock=wrong-type        gateway->stock
stock=missing-field     gateway->stock
stock=wrong-status      orders->stock
stock=no-context        gateway->stock orders->stock
stock=slow              gateway->stock orders->stock
payments=wrong-type     orders->payments
payments=missing-field  orders->payments
payments=wrong-status   orders->payments
payments=no-context     orders->payments
payments=slow           orders->payments
TABLE
}

# named lists the edges that the report blames, each once.
named() {
  grep -E '^FAIL (contract|expectation|finding)' "$report" | grep -oE '[a-z]+->[a-z]+' | sort -u | tr '\n' ' ' || true
}

# try VARIANT CODE: runs the shop, and reports whether seam left with that code.
try() {
  local code=0
  SHOP_BREAK=$1 "$seam" test -f examples/shop/seam.yaml --skip load >"$report" 2>&1 || code=$?
  [ "$code" = "$2" ] && return
  echo "SHOP_BREAK=$1: exit code $code, wanted $2" >&2
  cat "$report" >&2
  return 1
}

wrong=0
printf '%-24s %-6s %s\n' variant found edges
try '' 0 || exit 1
printf '%-24s %-6s\n' none clean
while read -r variant wanted; do
  found=no
  if try "$variant" 1; then
    edges=$(named)
    found=yes
    for edge in $wanted; do
      [[ " $edges " == *" $edge "* ]] || found=no
    done
  else
    edges=
  fi
  [ "$found" = yes ] || wrong=$((wrong + 1))
  printf '%-24s %-6s %s\n' "$variant" "$found" "$edges"
done < <(variants)
[ "$wrong" = 0 ] || { echo "$wrong broken variants were not found on their edges" >&2; exit 1; }
