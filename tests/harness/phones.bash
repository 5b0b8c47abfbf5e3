# Phones that have certificates already, for stories without a daemon: load ../harness/phones

# given DEVICE DAYS [undelivered]: the ledger records a certificate of DEVICE that ends in DAYS (may be negative), the phone has it.
given() {
    local der fingerprint serial spki ends=$(($(date +%s) + $2 * 86400 + 3600)) delivered
    serial=$(openssl rand -hex 16 | sed 's/^./5/')
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -signkey "$1.key" -set_serial "0x$serial" -days "$(($2 > 0 ? $2 : 1))" -outform DER -out "$1.der" 2>/dev/null
    der=$(od -An -tx1 -v "$1.der" | tr -d ' \n')
    fingerprint=$(sha256sum <"$1.der" | cut -d ' ' -f 1)
    spki=$(openssl x509 -inform DER -in "$1.der" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1)
    ends=$(date -u -d "@$ends" +%Y-%m-%dT%H:%M:%SZ)
    delivered=2026-01-01T00:00:05Z
    [ "${3:-}" != undelivered ] || delivered=
    sqlite3 "$T/state/voxtrust.db" "INSERT INTO ledger (number, request, device, serial, fingerprint, spki, not_before, not_after, issued, delivered,
        der) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM ledger), '$(openssl rand -hex 16)', '$1', '$serial', '$fingerprint', '$spki',
        '2026-01-01T00:00:00Z', '$ends', '2026-01-01T00:00:00Z', '$delivered', x'$der');
        INSERT INTO phones VALUES ('$1', 'none', 'string', 'ec:P-256', '', '', '', '', '', 'delivered', '', '2026-01-01T00:00:05Z', 0, '',
        '$fingerprint', '$ends') ON CONFLICT (name) DO UPDATE SET state = 'delivered', operation = 'none', lsc = excluded.lsc,
        lsc_not_after = excluded.lsc_not_after"
}

# state_of DEVICE COLUMN: what the store has of a phone.
state_of() { sqlite3 -readonly "$T/state/voxtrust.db" "SELECT $2 FROM phones WHERE name = '$1'"; }
