# What a list would do to 100,000 phones that hold ten combinations of lists and models, beside one pass over their rows. Read by scripts/bench.

impact() {
    VOXTRUST_STORE=sqlite:$work/impact/voxtrust.db
    export VOXTRUST_STORE
    "$bin/voxtrust" init -q
    "$bin/voxtrust" node add cm1 --dns cm1.example.test --services ccm,tftp,capf,tvs -q
    for service in ITLRecovery CallManager TVS CAPF; do "$bin/voxcert" new $service -q; done
    mkdir "$work/impact-tftp"
    for i in 1 2 3 4 5; do
        "$bin/voxlist" publish ctl --to "$work/impact-tftp" --timestamp "@170000000$i" -q
        "$bin/voxlist" publish itl --to "$work/impact-tftp" --timestamp "@170000000$i" -q
    done
    awk 'BEGIN { print "device,model,ctl,itl"
        for (i = 0; i < 100000; i++) printf "SEP%012X,%d,%d,%d\n", i, i % 2 ? 8841 : 7962, 1 + 2 * (i % 5), 2 + 2 * (i % 5) }' >"$work/phones.csv"
    begun=$(date +%s.%N)
    "$bin/voxtrust" phones import "$work/phones.csv" -q
    echo "$begun $(date +%s.%N)" | awk '{ printf "voxtrust phones import, 100,000 rows: %.1f s\n", $2 - $1 }'
    for round in 1 2 3; do
        begun=$(date +%s.%N)
        "$bin/voxlist" publish itl --to "$work/impact-tftp" --timestamp "@17000001$round" -q
        echo "$begun $(date +%s.%N)" | awk '{ print $2 - $1 }' >>"$work/impact.took"
        begun=$(date +%s.%N)
        sqlite3 "$work/impact/voxtrust.db" 'SELECT count(*) FROM inventory NOT INDEXED WHERE ctl || itl || model <> name' >/dev/null
        echo "$begun $(date +%s.%N)" | awk '{ print $2 - $1 }' >>"$work/impact.bound"
    done
    echo "$(median <"$work/impact.took") $(median <"$work/impact.bound")" | awk '{
        printf "voxlist publish with 100,000 known phones: %.2f s (1 s asked)\n", $1
        printf "bound: one pass over their rows by the sqlite3 shell: %.2f s; publishing takes %.1f times that\n", $2, $1 / $2 }'
}
